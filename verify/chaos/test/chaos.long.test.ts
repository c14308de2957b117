import { expect, test } from 'vitest';
import { runChaosTest } from './run-chaos-test.ts';

test('a host keeps every promise through 25 s of chaos', { timeout: 240_000 }, async (context) => {
  const report = await runChaosTest(context, 2, 25_000);
  expect(report.kinds.filter(({ injected }) => injected > 0).length).toBeGreaterThan(4);
});
