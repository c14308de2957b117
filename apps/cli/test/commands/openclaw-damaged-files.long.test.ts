import { it } from 'vitest';
import { expectDamageIsReported } from '../support/damaged-files.ts';

/** What a disk may have made of a file that was being written when the power went. */
const damaged: readonly (readonly [name: string, damage: (text: string) => string])[] = [
  ['cut in the middle', (text) => text.slice(0, Math.floor(text.length / 2))],
  ['empty', () => ''],
  ['filled with zeros', (text) => '\0'.repeat(text.length)],
];

it.each(damaged)(
  'records that are %s are reported or done without, and never a crash',
  { timeout: 120_000 },
  (_, damage) => expectDamageIsReported(damage),
);
