import { maskUrl } from '@deskclaw/core/internal';
import { cleanLine, cutText, findJsonFault, isObject, shellWord } from '@deskclaw/protocol';
import * as z from 'zod/mini';
import { closestName } from '../schema/closest-name.ts';
import { describeMismatch, meantValue, propertySchema, type SchemaNode, schemaAt } from '../schema/expected-value.ts';
import { findValue, type JsonPath, type JsonPlace, valueAt, withoutComments } from '../schema/json-edit.ts';
import { fileSchema, type SettingsFile, settingsNode } from './settings-schema.ts';

/** One fault of a settings file. */
export interface SettingsFault {
  /** Empty: the file as a whole. */
  readonly path: JsonPath;
  readonly place?: JsonPlace;
  /** What is wrong, as the end of a sentence: "must be a number: write 1, not "1"". */
  readonly message: string;
  /** The command that corrects it, where there is no doubt about the value, or takes the setting out. */
  readonly fix?: { readonly label: string; readonly command: string };
}

export type ReadSettings =
  | { readonly kind: 'valid'; readonly file: SettingsFile; readonly warnings: readonly string[] }
  | { readonly kind: 'faulty'; readonly faults: readonly SettingsFault[]; readonly isJson: boolean };

/** Returns the key of a setting without the part that names its profile, and that profile. */
function splitProfile(path: JsonPath): { readonly profile?: string; readonly key: JsonPath } {
  const [first, profile, ...key] = path;
  return first === 'profiles' && profile !== undefined && key.length > 0
    ? { profile: String(profile), key }
    : { key: path };
}

function schemaOf(path: JsonPath): SchemaNode | undefined {
  const { key } = splitProfile(path);
  if (path[0] === 'profiles' && path.length <= 2) return { type: 'object' };
  return key.length === 0 ? { type: 'object' } : schemaAt(settingsNode(), key);
}

/** Returns a value as it may be shown: secrets masked, long text cut. Empty: it may not be shown at all. */
function showValue(path: JsonPath, value: unknown): string {
  const [group] = splitProfile(path).key;
  if (Array.isArray(value)) return 'a list';
  if (isObject(value)) return 'an object';
  if (group === 'env' || group === 'headers' || group === 'command') return '';
  const text = typeof value === 'string' ? maskUrl(value) : value;
  const json = JSON.stringify(text);
  return json.length > 80 ? `${json.slice(0, 80)}...` : json;
}

/** Longest name of a key that a warning or a command quotes, characters. */
const LONGEST_NAME = 80;
/** Longest value that a command sets, characters of JSON. */
const LONGEST_VALUE = 200;

function fixOf(path: JsonPath, meant: unknown): SettingsFault['fix'] {
  const { profile, key } = splitProfile(path);
  const named = key.filter((part) => typeof part === 'string');
  if (named.length === 0 || named.some((part) => part.includes('.') && key[0] !== 'env')) return undefined;
  const name = shellWord(named.join('.'));
  if (name.length > LONGEST_NAME) return undefined;
  const [deskclaw, all] =
    profile === undefined ? ['deskclaw', ' --all-profiles'] : [`deskclaw --profile ${shellWord(profile)}`, ''];
  const values = Array.isArray(meant) ? meant : [meant];
  const isTooLong = meant !== undefined && JSON.stringify(meant).length > LONGEST_VALUE;
  return meant === undefined || isTooLong || named.length < key.length
    ? { label: `Or take ${named.join('.')} out`, command: `${deskclaw} config unset ${name}${all}` }
    : {
        label: 'Correct it',
        command: `${deskclaw} config set ${name} ${values.map((each) => shellWord(String(each))).join(' ')}${all}`,
      };
}

type Issue = z.core.$ZodIssue;

function pathOf(issue: Issue): JsonPath {
  return issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key));
}

function messageOf(
  issue: Issue,
  node: SchemaNode | undefined,
  value: unknown,
  show: (each: unknown) => string,
): string {
  // A rule that the schema cannot say.
  if (issue.code === 'custom') return `cannot be used: ${issue.message}`;
  return node === undefined ? issue.message : describeMismatch(node, value, show);
}

function faultOf(issue: Issue, raw: unknown, text: string): SettingsFault {
  const path = pathOf(issue);
  const node = schemaOf(path);
  const value = valueAt(raw, path);
  const place = findValue(text, path);
  const show = (each: unknown) => showValue(path, each);
  const fix =
    node === undefined || path.length === 0
      ? undefined
      : fixOf(path, show(value) === '' ? undefined : meantValue(node, value));
  return {
    path,
    ...(place && { place }),
    message: messageOf(issue, node, value, show),
    ...(fix && { fix }),
  };
}

function shownName(path: readonly string[]): string {
  return cutText(cleanLine(path.join('.')), LONGEST_NAME);
}

/** Returns the keys that DeskClaw does not know, each with the one that was probably meant. */
function unknownKeys(raw: unknown, node: SchemaNode, path: readonly string[] = []): readonly string[] {
  if (!isObject(raw) || node.properties === undefined) return [];
  return Object.entries(raw).flatMap(([key, value]) => {
    const inner = propertySchema(node, key);
    if (inner !== undefined) return unknownKeys(value, inner, [...path, key]);
    const meant = closestName(key, Object.keys(node.properties ?? {}));
    const name = shownName([...path, key]);
    return [
      `unknown key "${name}" is ignored${meant === undefined ? '' : `; did you mean "${shownName([...path, meant])}"?`}`,
    ];
  });
}

function warningsOf(raw: unknown): readonly string[] {
  const { properties = {} } = settingsNode();
  const profile = { type: 'object', properties };
  return unknownKeys(raw, {
    properties: {
      ...properties,
      $schema: {},
      profiles: { type: 'object', additionalProperties: profile, properties: {} },
    },
  });
}

/** Parses and checks the text of a settings file; finds every fault of it, not only the first. */
export function readSettings(text: string): ReadSettings {
  const json = withoutComments(text);
  const fault = findJsonFault(json);
  if (fault !== undefined) {
    const { line, column, expected } = fault;
    const message =
      text.trim() === '' ? 'is empty: write {}, or remove the file' : `is not JSON: ${expected} is expected here`;
    return { kind: 'faulty', isJson: false, faults: [{ path: [], place: { line, column }, message }] };
  }
  const raw: unknown = JSON.parse(json);
  const parsed = z.safeParse(fileSchema, raw);
  if (parsed.success) return { kind: 'valid', file: parsed.data, warnings: warningsOf(raw) };
  return { kind: 'faulty', isJson: true, faults: parsed.error.issues.map((issue) => faultOf(issue, raw, text)) };
}

/** Returns the fault as a sentence: "port (line 2, column 11) must be a number: write 1, not "1"". */
export function describeFault({ path, place, message }: SettingsFault): string {
  const at = place === undefined ? '' : ` (line ${String(place.line)}, column ${String(place.column)})`;
  return `${path.length === 0 ? 'it' : path.join('.')}${at} ${message}`;
}
