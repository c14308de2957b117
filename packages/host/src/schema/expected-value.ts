import { cutText, isObject } from '@deskclaw/protocol';
import { closestName } from './closest-name.ts';

/** What a JSON Schema says of one value; as much of the standard as our own schema uses. */
export interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly format?: string;
  readonly items?: SchemaNode;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly anyOf?: readonly SchemaNode[];
}

function readNodes(value: unknown): Readonly<Record<string, SchemaNode>> {
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, readSchema(each)])) : {};
}

/** Returns a JSON Schema with what we use of it, whatever else it says. */
export function readSchema(value: unknown): SchemaNode {
  if (!isObject(value)) return {};
  const text = (key: string) => (typeof value[key] === 'string' ? { [key]: value[key] } : {});
  const number = (key: string) => (typeof value[key] === 'number' ? { [key]: value[key] } : {});
  const { enum: choices, items, properties, additionalProperties: rest, anyOf } = value;
  return {
    ...text('type'),
    ...text('description'),
    ...text('format'),
    ...number('minimum'),
    ...number('maximum'),
    ...(Array.isArray(choices) && { enum: choices.map(String) }),
    ...(items !== undefined && { items: readSchema(items) }),
    ...(properties !== undefined && { properties: readNodes(properties) }),
    ...(rest !== undefined && { additionalProperties: typeof rest === 'boolean' ? rest : readSchema(rest) }),
    ...(Array.isArray(anyOf) && { anyOf: anyOf.map(readSchema) }),
  };
}

/** Returns the schema of a property; of a choice between objects, from the first one that has it. */
export function propertySchema(node: SchemaNode, key: string): SchemaNode | undefined {
  const { properties = {}, additionalProperties } = node;
  if (Object.hasOwn(properties, key)) return properties[key];
  if (typeof additionalProperties === 'object') return additionalProperties;
  return node.anyOf?.map((choice) => propertySchema(choice, key)).find((found) => found !== undefined);
}

export function schemaAt(root: SchemaNode, path: readonly (string | number)[]): SchemaNode | undefined {
  return path.reduce<SchemaNode | undefined>((node, key) => {
    if (node === undefined) return undefined;
    return typeof key === 'number' ? node.items : propertySchema(node, key);
  }, root);
}

function joinOr(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;
}

/** Returns the type of a value in words: "a number", "one of "a" or "b"". */
export function expectedType(node: SchemaNode): string {
  if (node.enum !== undefined) return joinOr(node.enum.map((choice) => JSON.stringify(choice)));
  if (node.anyOf !== undefined) return joinOr(node.anyOf.map(expectedType));
  switch (node.type) {
    case 'integer':
    case 'number':
      return 'a number';
    case 'boolean':
      return 'true or false';
    case 'array':
      return 'a list';
    case 'object': {
      const keys = Object.keys(node.properties ?? {});
      return keys.length === 1 ? `{"${keys.join('')}": ...}` : 'an object';
    }
    case 'string':
      return node.format === 'uri' ? 'an address that begins with ws:// or wss://' : 'text';
    default:
      return 'another value';
  }
}

/** Returns the limits of a number in words; empty for one without. */
export function expectedRange({ type, minimum, maximum }: SchemaNode): string {
  const whole = type === 'integer' ? 'whole ' : '';
  if (minimum !== undefined && maximum !== undefined && maximum !== Number.MAX_SAFE_INTEGER)
    return `a ${whole}number from ${String(minimum)} to ${String(maximum)}`;
  return minimum === undefined ? `a ${whole}number` : `a ${whole}number of at least ${String(minimum)}`;
}

/**
 * Returns the value that a text stands for by the type that is expected; `undefined` if it stands for none. What is no text stays.
 * `trustUsers` takes names and numbers: what can be text stays text.
 */
export function convertText(node: SchemaNode, text: string): unknown {
  if (node.anyOf !== undefined)
    return node.anyOf.map((each) => convertText(each, text)).find((each) => each !== undefined);
  switch (node.type) {
    case 'integer':
    case 'number':
      return /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text.trim()) ? Number(text) : undefined;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case 'string':
      return node.enum === undefined || node.enum.includes(text) ? text : undefined;
    default:
      return undefined;
  }
}

function typeMatches({ type }: SchemaNode, value: unknown): boolean {
  switch (type) {
    case 'integer':
    case 'number':
      return typeof value === 'number';
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isObject(value);
    default:
      return typeof value === type;
  }
}

/** The value that was probably meant in place of a wrong one; `undefined` if there is no telling. */
export function meantValue(node: SchemaNode, value: unknown): unknown {
  if (typeof value === 'string' && node.type !== 'array')
    return node.type === 'string' ? undefined : convertText(node, value);
  if (node.type === 'string' && node.enum === undefined && (typeof value === 'number' || typeof value === 'boolean'))
    return String(value);
  if (node.type === 'array' && node.items !== undefined && typeof value === 'string' && value !== '') {
    const item = convertText(node.items, value);
    return item === undefined ? undefined : [item];
  }
  return undefined;
}

/** Longest list that a message suggests, characters. */
const LONGEST_SUGGESTION = 160;

/** Returns what is expected instead of a value that the schema refuses: "must be a number: write 1, not "1"". */
export function describeMismatch(node: SchemaNode, value: unknown, show: (value: unknown) => string): string {
  const shown = show(value);
  const not = shown === '' ? '' : `, not ${shown}`;
  if (
    value === '' &&
    (node.type === 'string' || node.anyOf !== undefined) &&
    node.enum === undefined &&
    node.format === undefined
  )
    return 'must not be empty';
  if (!typeMatches(node, value) || node.enum !== undefined || node.anyOf !== undefined) {
    const meant = meantValue(node, value);
    const close = typeof value === 'string' && node.enum !== undefined ? closestName(value, node.enum) : undefined;
    if (close !== undefined) return `must be ${expectedType(node)}${not}; did you mean "${close}"?`;
    if (meant === undefined || shown === '') return `must be ${expectedType(node)}${not}`;
    const written = Array.isArray(meant) ? cutText(JSON.stringify(meant), LONGEST_SUGGESTION) : show(meant);
    return `must be ${expectedType(node)}: write ${written}${not}`;
  }
  if (typeof value === 'number') return `must be ${expectedRange(node)}${not}`;
  if (node.format === 'uri') return `must be ${expectedType(node)}${not}`;
  return 'must not be empty';
}
