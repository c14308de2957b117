import { randomUUID } from 'node:crypto';
import type { Random } from '../random.ts';

export const nodeRandom: Random = {
  // Spreads clients over time; it guards nothing, so it need not be unguessable.
  next: () => Math.random(),
  uuid: () => randomUUID(),
};
