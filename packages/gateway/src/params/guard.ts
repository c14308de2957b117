import { isObject } from '@deskclaw/protocol';

/** Where a value is wrong (a JSON Pointer, `''` for the whole) and why. */
export interface ParamFault {
  readonly path: string;
  readonly kind: 'missing' | 'unknown' | 'wrong';
  readonly problem: string;
}

/** Checks a value; `accepts` only carries the type that a successful check proves. */
export interface Guard<T> {
  (value: unknown, path: string): ParamFault | undefined;
  readonly accepts?: T;
}
export type Guarded<G> = G extends Guard<infer T> ? T : never;

export type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: ParamFault };

/** Returns the typed value, or its first fault. */
export function check<T>(guard: Guard<T>, value: unknown): Checked<T> {
  if (isAccepted(guard, value)) return { ok: true, value };
  return { ok: false, fault: guard(value, '') ?? { path: '', kind: 'wrong', problem: 'is not accepted' } };
}

function isAccepted<T>(guard: Guard<T>, value: unknown): value is T {
  return guard(value, '') === undefined;
}

export interface TextLimits {
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: { readonly expression: RegExp; readonly means: string };
}

export function text(limits: TextLimits = {}): Guard<string> {
  const { min = 0, max = 4096, pattern } = limits;
  return (value, path) => {
    if (typeof value !== 'string') return { path, kind: 'wrong', problem: `must be text, is ${nameOf(value)}` };
    if (value.length < min)
      return { path, kind: 'wrong', problem: min === 1 ? 'must not be empty' : `must have ${min} characters or more` };
    if (value.length > max)
      return { path, kind: 'wrong', problem: `must have ${max} characters at most, has ${value.length}` };
    if (pattern !== undefined && !pattern.expression.test(value))
      return { path, kind: 'wrong', problem: `must be ${pattern.means}` };
    return undefined;
  };
}

export const flag: Guard<boolean> = (value, path) =>
  typeof value === 'boolean'
    ? undefined
    : { path, kind: 'wrong', problem: `must be true or false, is ${nameOf(value)}` };

export function integer(min: number, max: number): Guard<number> {
  return (value, path) =>
    typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
      ? undefined
      : { path, kind: 'wrong', problem: `must be a whole number from ${min} to ${max}` };
}

export function oneOfNumbers<const T extends number>(allowed: readonly T[]): Guard<T> {
  return (value, path) =>
    allowed.some((item) => item === value)
      ? undefined
      : { path, kind: 'wrong', problem: `must be one of ${allowed.join(', ')}` };
}

export function oneOf<const T extends string>(allowed: readonly T[]): Guard<T> {
  return (value, path) =>
    allowed.some((item) => item === value)
      ? undefined
      : { path, kind: 'wrong', problem: `must be one of ${allowed.join(', ')}` };
}

export function listOf<T>(item: Guard<T>, max = 1000): Guard<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) return { path, kind: 'wrong', problem: `must be a list, is ${nameOf(value)}` };
    if (value.length > max)
      return { path, kind: 'wrong', problem: `must have ${max} items at most, has ${value.length}` };
    for (const [index, entry] of value.entries()) {
      const fault = item(entry, `${path}/${index}`);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };
}

export interface Optional<T> {
  readonly optional: Guard<T>;
}
export function optional<T>(guard: Guard<T>): Optional<T> {
  return { optional: guard };
}

type Shape = Readonly<Record<string, Guard<unknown> | Optional<unknown>>>;
type ShapeOf<S extends Shape> = {
  readonly [K in keyof S as S[K] extends Guard<unknown> ? K : never]: Guarded<S[K]>;
} & {
  readonly [K in keyof S as S[K] extends Guard<unknown> ? never : K]?: S[K] extends Optional<infer T> ? T : never;
};

/** An object with these properties and no others: a misspelt name is a fault, not silence. */
export function object<S extends Shape>(shape: S): Guard<ShapeOf<S>> {
  return (value, path) => {
    if (!isObject(value)) return { path, kind: 'wrong', problem: `must be an object, is ${nameOf(value)}` };
    for (const name of Object.keys(value)) {
      if (!Object.hasOwn(shape, name))
        return { path: `${path}/${escapePointer(name)}`, kind: 'unknown', problem: 'is not known here' };
    }
    for (const [name, field] of Object.entries(shape)) {
      const at = `${path}/${name}`;
      const present = Object.hasOwn(value, name) && value[name] !== undefined;
      if (!present && typeof field === 'function') return { path: at, kind: 'missing', problem: 'is missing' };
      if (!present) continue;
      const guard = typeof field === 'function' ? field : field.optional;
      const fault = guard(value[name], at);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };
}

/** Accepts no parameters: missing, `{}` or `[]`. */
export const nothing: Guard<undefined> = (value, path) => {
  if (value === undefined) return undefined;
  const empty = typeof value === 'object' && value !== null && Object.keys(value).length === 0;
  return empty ? undefined : { path, kind: 'wrong', problem: 'must be left out: this method takes no parameters' };
};

export function orNothing<T>(guard: Guard<T>): Guard<T | undefined> {
  return (value, path) => (value === undefined ? undefined : guard(value, path));
}

export function nameOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  switch (typeof value) {
    case 'object':
      return 'an object';
    case 'string':
      return 'text';
    default:
      return `a ${typeof value}`;
  }
}

export function escapePointer(name: string): string {
  return name.slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1');
}
