import type { HealthReport } from '@deskclaw/protocol';
import { expect, test } from 'vitest';
import { livenessPolicy } from '../../src/manager/liveness.ts';
import { LivenessWatch } from '../../src/manager/liveness-watch.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';

const policy = livenessPolicy({ intervalMs: 30_000, unresponsiveAfterMs: 180_000 });
const deaf: HealthReport = { ok: false, evidence: [] };

function watch(): { readonly clock: SimulatedClock; readonly liveness: LivenessWatch } {
  const clock = new SimulatedClock();
  const liveness = new LivenessWatch({
    clock,
    policy,
    check: () => Promise.resolve(deaf),
    cpuMs: () => 0,
    silentForMs: () => undefined,
    restart: () => undefined,
    changed: () => undefined,
  });
  liveness.start();
  return { clock, liveness };
}

test('a lost connection alone does not say that its gateway lives and is silent: a look does', async () => {
  const { clock, liveness } = watch();
  liveness.noteConnectionLost('unknown');
  expect(liveness.verdict).toBe('unknown');
  await clock.advance(policy.pollIntervalMs);
  expect(liveness.verdict).toBe('unresponsive');
});

test('a gateway that was silent on its connection is not less silent without it', () => {
  const { liveness } = watch();
  liveness.noteConnectionLost('unresponsive');
  expect(liveness.verdict).toBe('unresponsive');
});
