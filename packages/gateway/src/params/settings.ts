import { isObject, type Settings } from '@deskclaw/protocol';
import { escapePointer, type Guard, nameOf, type ParamFault } from './guard.ts';

const MAX_DEPTH = 16;
const MAX_VALUES = 5000;
/** Assigning these by name would reach the prototype instead of the object. */
const forbiddenNames = new Set(['__proto__', 'constructor', 'prototype']);

/** Free-form JSON settings, bounded in depth and number of values so that they can be walked, merged and written. */
export const settings: Guard<Settings> = (value, path) => {
  if (!isObject(value)) return { path, kind: 'wrong', problem: `must be an object, is ${nameOf(value)}` };
  const budget = { left: MAX_VALUES };
  return walk(value, path, 0, budget);
};

function walk(value: unknown, path: string, depth: number, budget: { left: number }): ParamFault | undefined {
  budget.left -= 1;
  if (budget.left < 0) return { path, kind: 'wrong', problem: `holds more than ${MAX_VALUES} values` };
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth >= MAX_DEPTH) return { path, kind: 'wrong', problem: `is nested deeper than ${MAX_DEPTH} levels` };
  for (const [name, entry] of Object.entries(value)) {
    const at = `${path}/${escapePointer(name)}`;
    if (forbiddenNames.has(name)) return { path: at, kind: 'wrong', problem: 'is a name that settings may not use' };
    const fault = walk(entry, at, depth + 1, budget);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
