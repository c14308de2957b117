import { it } from 'vitest';
import { expectDamageIsReported } from '../support/damaged-files.ts';

/** What else a disk may have made of a file that was being written when the power went. */
const damaged: readonly (readonly [name: string, damage: (text: string) => string])[] = [
  ['empty', () => ''],
  ['filled with zeros', (text) => '\0'.repeat(text.length)],
];

it.each(damaged)(
  'records that are %s are reported or done without, and never a crash',
  { timeout: 120_000 },
  (_, damage) => expectDamageIsReported(damage),
);
