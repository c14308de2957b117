import { isObject } from './json.ts';

/** One step of a reducer of the host as it is written: what went in, and in words what came out. */
export interface RecordedStep {
  /** Epoch ms. */
  readonly at: number;
  /** Counts the steps of one host that changed something. */
  readonly number: number;
  readonly reducer: 'supervisor' | 'connection';
  readonly before: unknown;
  readonly event: unknown;
  /** The other arguments: time and policy of the supervisor, configuration of the connection. */
  readonly context: unknown;
  readonly state: string;
  readonly effects: readonly string[];
}

/** JSON has no infinity, and the reducers have limits that are none. */
const INFINITY = { $number: 'Infinity' } as const;

/** Returns a value that JSON writes without loss. */
export function encodeStepValue(value: unknown): unknown {
  if (value === Number.POSITIVE_INFINITY) return INFINITY;
  if (Array.isArray(value)) return value.map(encodeStepValue);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, encodeStepValue(each)]));
}

/** Returns the value that `encodeStepValue` wrote. */
export function decodeStepValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decodeStepValue);
  if (!isObject(value)) return value;
  if (value['$number'] === 'Infinity') return Number.POSITIVE_INFINITY;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, decodeStepValue(each)]));
}

/** Whether a value of JSON has the shape of a step; what its reducer takes is not looked into. */
export function isRecordedStep(value: unknown): value is RecordedStep {
  return (
    isObject(value) &&
    typeof value['at'] === 'number' &&
    typeof value['number'] === 'number' &&
    (value['reducer'] === 'supervisor' || value['reducer'] === 'connection') &&
    isObject(value['before']) &&
    isObject(value['event']) &&
    isObject(value['context']) &&
    typeof value['state'] === 'string' &&
    Array.isArray(value['effects'])
  );
}
