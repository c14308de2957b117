import type { Random } from '../random.ts';

export const browserRandom: Random = {
  next: () => Math.random(),
  uuid: () => crypto.randomUUID(),
};
