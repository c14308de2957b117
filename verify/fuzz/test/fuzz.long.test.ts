import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { runTarget } from '../src/run-target.ts';
import { allTargets } from '../src/targets.ts';

/** Two minutes in all. */
const FOR_MS = 10_000;
/** Another seed than that of the short tier, whose inputs these would repeat. */
const SEED = 2;

const folder = mkdtempSync(join(tmpdir(), 'deskclaw-fuzz-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(allTargets(folder))(
  'fuzz target $name keeps its rules for ten seconds',
  async (target) => {
    const report = await runTarget(target, { seed: SEED, forMs: FOR_MS });
    expect(report.failure).toBeUndefined();
  },
  120_000,
);
