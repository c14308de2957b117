import { it } from 'vitest';
import { expectDamageIsReported } from '../support/damaged-files.ts';

it('records that are cut in the middle are reported or done without, and never a crash', { timeout: 120_000 }, () =>
  expectDamageIsReported((text) => text.slice(0, Math.floor(text.length / 2))),
);
