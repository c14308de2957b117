import { expect, type TestContext } from 'vitest';
import { summaryLine, tableLines } from '../src/report.ts';
import { runChaos } from '../src/run.ts';

/** Runs `npm run chaos` in short: a real host, a real gateway, and every promise checked. */
export async function runChaosTest(
  context: TestContext,
  seed: number,
  forMs: number,
): Promise<Awaited<ReturnType<typeof runChaos>>> {
  if (process.platform !== 'linux') context.skip('the process table is read from /proc');
  const report = await runChaos({ seed, forMs });
  console.log(summaryLine(report));
  expect(report.musts, [...tableLines(report), ...report.trace].join('\n')).toEqual(
    Object.fromEntries(Object.keys(report.musts).map((must) => [must, []])),
  );
  return report;
}
