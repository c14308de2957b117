import { expect, it } from 'vitest';
import { Home, parseDocument } from '../support/deskclaw.ts';
import { gatewayCommand } from '../support/gateway-command.ts';

const LONG = { timeout: 60_000 };

it('call waits for a gateway that is being brought back, says so, and fails at once with --no-wait', LONG, async () => {
  const home = new Home();
  const started = await home.document('start', '--port', '0', '--command', gatewayCommand('slow-boot=3000'));
  const { pid } = started['gateway'] as { pid: number };
  process.kill(pid, 'SIGKILL');
  await expect.poll(async () => (await home.run('status')).code, { timeout: 10_000 }).not.toBe(0);
  const [waiting, refused] = await Promise.all([
    home.run('call', 'system.health'),
    home.run('call', 'system.health', '--no-wait', '--json'),
  ]);
  expect(waiting).toMatchObject({ code: 0, stdout: expect.stringContaining('"ok"') });
  expect(waiting.stderr).toMatch(/^Waiting for the gateway: .*signal SIGKILL.*usually ready in /);
  expect(refused.code).toBe(3);
  expect(parseDocument(refused.stderr)).toMatchObject({
    error: { code: 'gateway.not-running', detail: expect.stringContaining('SIGKILL') },
  });
});
