import { isObject, type Settings } from '@deskclaw/protocol';
import { escapePointer, type Guard, nameOf, type ParamFault, text } from './guard.ts';

/** Ids that people and files can carry: no spaces, no control characters. */
export const identifier = text({
  min: 1,
  max: 128,
  pattern: {
    expression: /^[A-Za-z0-9][A-Za-z0-9._:-]*$/,
    means: 'letters, digits and . _ : - (starting with a letter or digit)',
  },
});

export const sessionKey = text({
  min: 1,
  max: 512,
  pattern: { expression: /^[^\p{Cc}]+$/u, means: 'free of control characters' },
});

export const chatMessage = text({ min: 1, max: 262_144 });

export const idempotencyKey = text({
  min: 1,
  max: 256,
  pattern: { expression: /^[^\p{Cc}]+$/u, means: 'free of control characters' },
});

const MAX_DEPTH = 16;
const MAX_VALUES = 5000;
/** Assigning these by name would reach the prototype instead of the object. */
const forbiddenNames = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Accepts free-form JSON settings, limited in depth and number of values so that they can be walked, merged and written.
 */
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
