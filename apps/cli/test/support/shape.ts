import { isObject } from '@deskclaw/protocol';

/** Returns the value at a path, as in `at(document, 'gateway.pid')`, or fails and shows the document. */
export function at(document: unknown, path: string): unknown {
  return path.split('.').reduce((value, key) => {
    if (!isObject(value) || !(key in value)) throw new Error(`no ${path} in ${JSON.stringify(document)}`);
    return value[key];
  }, document);
}

export function numberAt(document: unknown, path: string): number {
  const value = at(document, path);
  if (typeof value !== 'number') throw new Error(`${path} is ${JSON.stringify(value)}`);
  return value;
}

export function listAt(document: unknown, path: string): readonly unknown[] {
  const value = at(document, path);
  if (!Array.isArray(value)) throw new Error(`${path} is ${JSON.stringify(value)}`);
  return value;
}
