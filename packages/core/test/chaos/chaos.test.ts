/** A short run of `pnpm chaos`: real host, real gateway, every must. */
import { expect, it } from 'vitest';
import { summaryLine, tableLines } from '../../chaos/report.ts';
import { runChaos } from '../../chaos/run.ts';

const SEED = 2;
const FOR_MS = 25_000;

it('survives half a minute of chaos', { timeout: 240_000 }, async (context) => {
  if (process.platform !== 'linux') context.skip('the process table is read from /proc');
  const report = await runChaos({ seed: SEED, forMs: FOR_MS });
  console.log(summaryLine(report));
  expect(report.musts, [...tableLines(report), ...report.trace].join('\n')).toEqual(
    Object.fromEntries(Object.keys(report.musts).map((must) => [must, []])),
  );
  expect(report.kinds.filter(({ injected }) => injected > 0).length).toBeGreaterThan(4);
});
