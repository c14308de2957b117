import { expect, test } from 'vitest';
import { runChaosTest } from './run-chaos-test.ts';

test('a host keeps every promise through 3 s of chaos', { timeout: 120_000 }, async (context) => {
  const report = await runChaosTest(context, 2, 3_000);
  expect(report.kinds.some(({ injected }) => injected > 0)).toBe(true);
});
