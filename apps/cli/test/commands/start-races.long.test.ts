import { expect, test } from 'vitest';
import { freePort, Home, isAlive } from '../support/deskclaw.ts';

const ROUNDS = 50;

interface RunningDocument {
  readonly gateway: { readonly pid: number; readonly port: number };
}

/** Starts that want different ports and programs, at the same moment, with no host before them. */
test('one of the starts that race for different ports wins in each of 50 rounds, and none takes its start back', {
  timeout: 20 * 60_000,
}, async () => {
  const home = new Home();
  const ports = [await freePort(), await freePort(), await freePort()];
  for (let round = 0; round < ROUNDS; round += 1) {
    const ends = await Promise.all(
      ports.map((port) => home.run('start', '--gateway', 'builtin', '--port', String(port), '--json')),
    );
    const winners = ends.filter(({ code }) => code === 0);
    expect(winners.length, `round ${String(round)}: ${JSON.stringify(ends)}`).toBe(1);
    const { gateway } = JSON.parse(winners[0]?.stdout ?? '') as RunningDocument;
    for (const { code, stderr } of ends) {
      if (code === 0) continue;
      expect(stderr, `round ${String(round)}`).toContain('"gateway.running-differently"');
      expect(stderr).toContain(`pid ${String(gateway.pid)}`);
    }
    expect(isAlive(gateway.pid), `round ${String(round)}`).toBe(true);
    const { pid, port } = gateway;
    expect(await home.document('status')).toMatchObject({ gateway: { state: 'running', pid, port } });
    expect(await home.run('stop', '--force')).toMatchObject({ code: 0 });
  }
});
