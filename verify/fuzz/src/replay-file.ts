import { readFileSync, writeFileSync } from 'node:fs';
import { isObject, parseJson } from '@deskclaw/protocol';
import type { Failure } from './run-target.ts';
import type { Input } from './target.ts';

/** A failing input as it is stored: the file reproduces it without the seed, also after a target has changed. */
export interface Replay {
  readonly target: string;
  readonly input: Input;
  /** Why it failed when it was stored. */
  readonly reason: string;
}

/** Writes the input of a failure to a file in the folder. @returns the path of the file */
export function writeReplay(folder: string, failure: Failure): string {
  const { target, seed, execution, reason, input } = failure;
  const path = `${folder}/fuzz-${target}-${String(seed)}-${String(execution)}.json`;
  writeFileSync(path, `${JSON.stringify({ target, seed, execution, reason, input }, undefined, 2)}\n`);
  return path;
}

function isInput(value: unknown): value is Input {
  return Array.isArray(value) && value.every((text) => typeof text === 'string');
}

/** Reads a file that `writeReplay` wrote. @throws Error for any other */
export function readReplay(path: string): Replay {
  const value = parseJson(readFileSync(path, 'utf8'));
  if (isObject(value) && typeof value['target'] === 'string' && isInput(value['input'])) {
    const { target, input, reason } = value;
    return { target, input, reason: typeof reason === 'string' ? reason : 'unknown' };
  }
  throw new Error(`${path} is no failing input: it needs "target", a text, and "input", a list of texts`);
}
