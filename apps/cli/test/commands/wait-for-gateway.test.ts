import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Home, parseDocument } from '../support/deskclaw.ts';
import { gatewayCommand } from '../support/gateway-command.ts';

const LONG = { timeout: 60_000 };

/** A gateway whose first boot is at once and whose later ones wait until `boot` is called. */
function bootingOnRequest(home: Home): { readonly command: string; boot(): Promise<void> } {
  const [file, gate, mark] = ['gateway', 'gate', 'booted'].map((name) => join(home.folder, name)) as [
    string,
    string,
    string,
  ];
  execFileSync('mkfifo', [gate]);
  const wait = `if [ -e '${mark}' ]; then cat '${gate}' > '${mark}'; fi`;
  writeFileSync(
    file,
    `#!/bin/sh\n${wait}\n: > '${mark}'\nport="$1"\nexec ${gatewayCommand().replace("'{port}'", '"$port"')}\n`,
  );
  chmodSync(file, 0o755);
  // The write ends once the gateway reads it.
  return { command: `'${file}' {port}`, boot: () => writeFile(gate, 'go') };
}

it('call waits for a gateway that is being brought back, says so, and fails at once with --no-wait', LONG, async () => {
  const home = new Home();
  const { command, boot } = bootingOnRequest(home);
  const started = await home.document('start', '--port', '0', '--command', command);
  const { pid } = started['gateway'] as { pid: number };
  process.kill(pid, 'SIGKILL');
  await expect.poll(async () => (await home.run('status')).code, { timeout: 30_000 }).not.toBe(0);
  const waiting = home.start(['call', 'system.health'], { input: '' });
  await waiting.shown('stderr', /^Waiting for the gateway: .*signal SIGKILL.*usually ready in /);
  const refused = await home.run('call', 'system.health', '--no-wait', '--json');
  expect(refused.code).toBe(3);
  expect(parseDocument(refused.stderr)).toMatchObject({
    error: { code: 'gateway.not-running', detail: expect.stringContaining('SIGKILL') },
  });
  await boot();
  expect(await waiting.ended).toMatchObject({ code: 0, stdout: expect.stringContaining('"ok"') });
});
