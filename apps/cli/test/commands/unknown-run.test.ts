import { expect, it } from 'vitest';
import { Home } from '../support/deskclaw.ts';
import { gatewayCommand } from '../support/gateway-command.ts';

// OpenClaw 2026.2.3-1 without a model says that the run began, and nothing of it ever after.
it.each([
  ['jsonrpc', 'SIGINT', 130],
  ['openclaw', 'SIGTERM', 143],
] as const)(
  'chat: one signal ends a reply whose run the gateway does not know (%s, %s)',
  async (dialect, signal, code) => {
    const home = new Home();
    const command = `${gatewayCommand('forgets-runs')} --dialect ${dialect}`;
    await home.document('start', '--command', command, '--port', '0');
    const talking = home.start(['chat', 'hello', '--session', 'agent:main:main', '--verbose'], { input: '' });
    await talking.line('stderr', (line) => line === 'the gateway accepted the message');
    talking.child.kill(signal);
    expect(await talking.ended).toMatchObject({
      code,
      signal: null,
      stdout: '',
      stderr: expect.stringContaining('The gateway does not know this run.'),
    });
  },
);
