import { markerOf } from './guard.ts';
import { nodeProcessTable } from './ours.ts';
import { at } from './wire.ts';
import type { Workplace } from './workplace.ts';

/** Living processes of this workplace: the host and its descendants. */
export function alive(workplace: Workplace, pids: readonly number[]): readonly string[] {
  const found = pids.map((pid) => nodeProcessTable.find(pid)).filter((info) => info !== undefined);
  const marked = nodeProcessTable.tree({ marker: markerOf(workplace.stateDir) });
  return [...found, ...marked].map((info) => `${info.name} (pid ${String(info.pid)})`);
}

/** The number at a path of a document. */
export function numberAt(document: unknown, ...path: readonly string[]): number {
  const value = at(document, ...path);
  if (typeof value !== 'number') throw new Error(`${path.join('.')} is ${String(value)}, no number`);
  return value;
}
