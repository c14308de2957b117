import { isObject } from '@deskclaw/protocol';

/** Changes one value in the text of a JSON file and leaves every other character, comments included, as it is. */

const blank = /[ \t\r\n]*/y;
const commentOrString = /"(?:[^"\\\n]|\\.)*"|\/\/[^\n\r]*|\/\*[\s\S]*?\*\//g;
const stringToken = /"(?:[^"\\]|\\.)*"/y;
const scalarToken = /[^\s,:{}[\]"]+/y;
const bracketOrString = /"(?:[^"\\]|\\.)*"|[{}[\]]/g;

/** Returns the text with comments replaced by blanks, so that every other character keeps its place. */
export function withoutComments(text: string): string {
  return text.replace(commentOrString, (token) => (token.startsWith('"') ? token : token.replaceAll(/[^\r\n]/g, ' ')));
}

function endOf(pattern: RegExp, json: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(json) ? pattern.lastIndex : at;
}

function endOfValue(json: string, at: number): number {
  const first = json[at];
  if (first === '"') return endOf(stringToken, json, at);
  if (first !== '{' && first !== '[') return endOf(scalarToken, json, at);
  let depth = 0;
  bracketOrString.lastIndex = at;
  for (let token = bracketOrString.exec(json); token !== null; token = bracketOrString.exec(json)) {
    if (token[0] === '{' || token[0] === '[') depth += 1;
    else if (!token[0].startsWith('"')) depth -= 1;
    if (depth === 0) return bracketOrString.lastIndex;
  }
  return json.length;
}

interface Member {
  readonly key: string | number;
  /** Where its key begins (in a list, its value). */
  readonly from: number;
  readonly start: number;
  readonly end: number;
}

/** Returns the members of the object or list that begins at a position of valid JSON. */
function membersAt(json: string, at: number): readonly Member[] {
  const isList = json[at] === '[';
  if (!isList && json[at] !== '{') return [];
  const members: Member[] = [];
  let next = endOf(blank, json, at + 1);
  while (next < json.length && json[next] !== '}' && json[next] !== ']') {
    const from = next;
    const keyEnd = isList ? from : endOf(stringToken, json, from);
    const key: unknown = isList ? members.length : JSON.parse(json.slice(from, keyEnd));
    const start = isList ? from : endOf(blank, json, endOf(blank, json, keyEnd) + 1);
    const end = endOfValue(json, start);
    if (typeof key === 'string' || typeof key === 'number') members.push({ key, from, start, end });
    next = endOf(blank, json, end);
    if (json[next] === ',') next = endOf(blank, json, next + 1);
  }
  return members;
}

export type JsonPath = readonly (string | number)[];

/** Returns the members on the way to a value, as far as there are any. Of equal keys, the last one counts, as for `JSON.parse`. */
function membersOnPath(json: string, path: JsonPath): readonly Member[] {
  const found: Member[] = [];
  let at = endOf(blank, json, 0);
  for (const key of path) {
    const member = membersAt(json, at).findLast((each) => String(each.key) === String(key));
    if (member === undefined) break;
    found.push(member);
    at = member.start;
  }
  return found;
}

/** 1-based. */
export interface JsonPlace {
  readonly line: number;
  readonly column: number;
}

/** Returns where a value stands in valid JSON text; `undefined` for one that is not there. */
export function findValue(text: string, path: JsonPath): JsonPlace | undefined {
  const json = withoutComments(text);
  const found = membersOnPath(json, path);
  const at = path.length === 0 ? endOf(blank, json, 0) : found[path.length - 1]?.start;
  if (at === undefined) return undefined;
  const before = json.slice(0, at).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

interface Layout {
  readonly eol: string;
  readonly indent: string;
}

function layoutOf(text: string): Layout {
  return { eol: text.includes('\r\n') ? '\r\n' : '\n', indent: /\n([ \t]+)"/.exec(text)?.[1] ?? '  ' };
}

function indentAt(text: string, at: number): string {
  return /[ \t]*/.exec(text.slice(text.lastIndexOf('\n', at - 1) + 1))?.[0] ?? '';
}

function write(value: unknown, { eol, indent }: Layout, outer: string): string {
  return JSON.stringify(value, undefined, indent).replaceAll('\n', `${eol}${outer}`);
}

function nest(path: JsonPath, value: unknown): unknown {
  return path.reduceRight((inner, key) => ({ [key]: inner }), value);
}

function splice(text: string, start: number, end: number, put: string): string {
  return text.slice(0, start) + put + text.slice(end);
}

/** Adds a member at the end of the object that begins at `at`. */
function addMember(text: string, json: string, at: number, key: string | number, value: unknown): string {
  const layout = layoutOf(text);
  const end = endOfValue(json, at);
  const last = membersAt(json, at).at(-1);
  if (last !== undefined && !text.slice(at, end).includes('\n')) {
    return splice(text, last.end, last.end, `, ${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  }
  const outer = indentAt(text, at);
  const inner = last === undefined ? outer + layout.indent : indentAt(text, last.from);
  const member = `${layout.eol}${inner}${JSON.stringify(key)}: ${write(value, layout, inner)}`;
  const close = end - 1;
  const trimmed = at + 1 + text.slice(at + 1, close).trimEnd().length;
  const added = splice(text, trimmed, close, `${member}${layout.eol}${outer}`);
  return last === undefined ? added : splice(added, last.end, last.end, ',');
}

/**
 * Returns the text with a value set. Objects on the way to it are created; what stands there and is no object is replaced.
 * @param text valid JSON, comments allowed; its value is an object
 */
export function setValue(text: string, path: JsonPath, value: unknown): string {
  const json = withoutComments(text);
  const found = membersOnPath(json, path);
  const last = found.at(-1);
  if (last !== undefined && (found.length === path.length || json[last.start] !== '{')) {
    const written = write(nest(path.slice(found.length), value), layoutOf(text), indentAt(text, last.from));
    return splice(text, last.start, last.end, written);
  }
  const key = path[found.length];
  if (key === undefined) return text;
  const at = last?.start ?? endOf(blank, json, 0);
  return addMember(text, json, at, key, nest(path.slice(found.length + 1), value));
}

/** Removes from `start` to `end`: whole lines where nothing else stands on them, else with the blanks behind. */
function removeSpan(text: string, start: number, end: number): string {
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const restOfLine = /^[ \t]*\r?\n/.exec(text.slice(end))?.[0];
  if (restOfLine !== undefined && text.slice(lineStart, start).trim() === '')
    return splice(text, lineStart, end + restOfLine.length, '');
  return splice(text, start, endOf(/[ \t]*/y, text, end), '');
}

function removeMember(text: string, json: string, parent: number, member: Member): string {
  const members = membersAt(json, parent);
  const before = members[members.findIndex(({ from }) => from === member.from) - 1];
  const after = endOf(blank, json, member.end);
  if (json[after] === ',') return removeSpan(text, member.from, after + 1);
  if (before === undefined) return removeSpan(text, member.from, member.end);
  const comma = endOf(blank, json, before.end);
  const isNext = text.slice(comma + 1, member.from).trim() === '' && !text.slice(comma, member.from).includes('\n');
  if (isNext) return splice(text, comma, member.end, '');
  return splice(removeSpan(text, member.from, member.end), comma, comma + 1, '');
}

/** Returns the text without a value, and without the objects that only held it; the same text where it is not there. */
export function removeValue(text: string, path: JsonPath): string {
  const json = withoutComments(text);
  const found = membersOnPath(json, path);
  const member = found[path.length - 1];
  if (member === undefined) return text;
  const parent = found[path.length - 2];
  const at = parent?.start ?? endOf(blank, json, 0);
  const close = endOfValue(json, at) - 1;
  const inside = text.slice(at + 1, close);
  const isAllThere = membersAt(json, at).length === 1 && withoutComments(inside) === inside;
  if (isAllThere) return parent === undefined ? splice(text, at + 1, close, '') : removeValue(text, path.slice(0, -1));
  return removeMember(text, json, at, member);
}

/** Returns the value at a path; `undefined` if there is none. */
export function valueAt(root: unknown, path: JsonPath): unknown {
  return path.reduce<unknown>((value, key) => {
    if (Array.isArray(value)) return /^\d+$/.test(String(key)) ? value[Number(key)] : undefined;
    return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }, root);
}
