import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { Home, processesOf } from '../support/deskclaw.ts';

const program = join(import.meta.dirname, '../../../../packages/core/test/programs/leaky-gateway-program.ts');

const token = 'CANARY-tokenfile-0001';

/** Secrets that the gateway prints: it got them from elsewhere, so only their shape tells. */
const printed: Readonly<Record<string, string>> = {
  'bearer header': 'Authorization: Bearer CANARY-bearer1234567890',
  'basic header': `Authorization: Basic ${Buffer.from('CANARY-basic:pw').toString('base64')}`,
  'proxy header': 'proxy-authorization: CANARY-proxy x',
  'user and password of an address': 'GET https://user:CANARY-userinfo@api.example.com/v1',
  'query key': 'GET https://api.example.com/v1?key=CANARY-querykey99',
  'query token': 'GET https://api.example.com/v1?access_token=CANARY-atoken99&x=1',
  'environment variable': 'AWS_SECRET_ACCESS_KEY=CANARYwJalrXUtnFEMIK7MDENGbPxRfiCY',
  'Google key': 'using google key AIzaSyCANARYxxxxxxxxxxxxxxxxxxxxxxxxxxx',
  JWT: 'jwt eyJhbGciOiJIUzI1NiJ9.eyJDQU5BUlkiOiJBMDgifQ.CANARYsignaturexx',
  'JSON members': '{"apiKey":"CANARY-json","password":"CANARY-pw;CANARY-tail"}',
  'password with spaces': 'password: "CANARY with spaces"',
  'OpenAI key': 'sk-CANARYxxxxxxxxxxxxxxxxxxxx',
  'private key': '-----BEGIN PRIVATE KEY-----\nCANARYMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----',
  'private key on one line': '"-----BEGIN RSA PRIVATE KEY-----\\nCANARYMIIE\\n-----END RSA PRIVATE KEY-----\\n"',
  cookie: 'set-cookie: session=CANARY-cookie; HttpOnly',
  'key header without a colon': 'x-api-key CANARY-spacekey12345',
  'Telegram token': 'bot123456:CANARY-AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw',
  'npm token': 'npm_CANARYxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
  'GitLab token': 'glpat-CANARYyyyyyyyyyyyy',
  'GitHub tokens': 'github_pat_CANARYzzzzzzzzzzzz ghp_CANARYzzzzzzzzzzzz',
  'Slack token': 'xoxb-CANARY-1234567890',
  'our token': `the token is ${token}`,
  'our token in base64': `encoded ${Buffer.from(token).toString('base64')}, in a header ${Buffer.from(`u:${token}`).toString('base64')}`,
  'our token with an invisible character': `split ${token.slice(0, 9)}\u200b${token.slice(9)}`,
};

/** Secrets that DeskClaw is given and hands on. */
const settings = {
  env: { MODEL_KEY: 'CANARY-configenv-sekret', PASS_PHRASE: 'CANARY; with "quotes" and spaces' },
  path: '/ws?token=CANARY-wspath',
  healthPath: '/health?token=CANARY-healthpath',
};
const secretArguments = ['--api-key', 'CANARY-argv1', '--password=CANARY;argv2', 'redis://u:CANARY-argv3@cache/0'];

/** Parts of secrets, as they are and in base64 at each of its three places. */
const canary = /CANARY|Q0FOQVJZ|NBTkFSW|DQU5BUl|\.eyJDQU5B/;

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

/** Asks the host on its own channel, as a page does. */
async function frames(home: Home): Promise<string> {
  const client = connect(home.socket);
  const methods = ['config.get', 'gateway.status', 'host.info', 'logs.query', 'timeline.query', 'gateway.health'];
  for (const [id, method] of methods.entries()) client.write(`${JSON.stringify({ jsonrpc: '2.0', id, method })}\n`);
  const answers: string[] = [];
  for await (const line of createInterface({ input: client })) {
    if (line !== '') answers.push(line);
    if (answers.length === methods.length) break;
  }
  client.destroy();
  return answers.join('\n');
}

function expectNoSecret(where: string, text: string): void {
  const at = canary.exec(text)?.index;
  expect(at === undefined ? '' : text.slice(Math.max(0, at - 60), at + 60), where).toBe('');
}

function prepare(): {
  readonly home: Home;
  readonly env: Readonly<Record<string, string>>;
  readonly command: (...more: readonly string[]) => string;
} {
  const home = new Home({ OPENAI_API_KEY: 'CANARY-hostenv' });
  const outside = join(home.folder, 'of-the-user');
  for (const folder of [outside, join(home.folder, 'config')]) mkdirSync(folder, { recursive: true });
  const lines = join(outside, 'lines');
  writeFileSync(lines, Object.values(printed).join('\n'));
  writeFileSync(join(outside, 'token'), `${token}\n`);
  writeFileSync(join(home.folder, 'config', 'config.json'), JSON.stringify(settings));
  return {
    home,
    env: { DESKCLAW_TOKEN_FILE: join(outside, 'token') },
    command: (...more) =>
      [process.execPath, program, '{port}', lines, ...more, ...secretArguments].map((word) => `'${word}'`).join(' '),
  };
}

/** Everything that DeskClaw wrote, printed or passed on, by where it was found. */
async function everything(home: Home): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const commands = [['status'], ['logs', '-n', '500'], ['history'], ['health'], ['methods'], ['channels'], ['paths']];
  for (const args of commands.flatMap((command) => [command, [...command, '--json']])) {
    const { stdout, stderr } = await home.run(...args);
    found.set(`deskclaw ${args.join(' ')}`, stdout + stderr);
  }
  found.set('frames of a page', await frames(home).catch(() => ''));
  for (const file of filesBelow(home.folder))
    if (!file.includes('of-the-user') && !file.endsWith('config.json')) found.set(file, readFileSync(file, 'latin1'));
  for (const pid of processesOf(home.folder)) {
    const commandLine = readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8');
    // The gateway's own arguments are what the user asked for.
    if (!commandLine.includes(program)) found.set(`command line of ${String(pid)}`, commandLine);
  }
  return found;
}

it('T6: no secret of thirty places reaches a file, an output, a frame or a command line', async () => {
  const { home, command, env } = prepare();
  const started = await home.start(['start', '--command', command(), '--port', '0'], { env, input: '' }).ended;
  expect(started.code).toBe(0);
  expectNoSecret('start', started.stdout + started.stderr);
  const events = home.start(['events'], { input: '' });
  await events.line('stderr', (line) => line.includes('Listening'));
  for (const args of [['notify'], ['refuse'], ['providers.set', '{"id":"x","apiKey":"CANARY-param"}'], ['close']]) {
    const { stdout, stderr } = await home.run('call', ...args);
    expectNoSecret(`call ${String(args[0])}`, stdout + stderr);
  }
  expectNoSecret('events', await events.line('stdout', (line) => line.includes('echo')));
  events.child.kill('SIGINT');
  await events.ended;
  const found = await everything(home);
  expect(found.get('deskclaw logs -n 500')).toContain('env MODEL_KEY is [redacted]');
  expect(found.get('deskclaw logs -n 500')).not.toContain('OPENAI_API_KEY');
  expect(Object.keys(printed).length + Object.keys(settings).length + secretArguments.length).toBeGreaterThanOrEqual(
    30,
  );
  for (const [where, text] of found) expectNoSecret(where, text);
});

it('T6: no secret reaches the explanation of a gateway that fails', async () => {
  const { home, command, env } = prepare();
  const failed = await home.start(['start', '--command', command('crash'), '--port', '0'], { env, input: '' }).ended;
  expect(failed.code).not.toBe(0);
  expect(failed.stderr).toContain('cannot start: [redacted] was refused');
  expectNoSecret('start', failed.stdout + failed.stderr);
  for (const [where, text] of await everything(home)) expectNoSecret(where, text);
});

it('T6: a host that takes back a gateway with secret arguments restarts it with them', async () => {
  const { home, command } = prepare();
  const started = await home.document('start', '--command', command(), '--port', '0');
  const { host, gateway } = started as { host: { pid: number }; gateway: { pid: number } };
  process.kill(host.pid, 'SIGKILL');
  expect(await home.document('start')).toMatchObject({ gateway: { pid: gateway.pid } });
  const restarted = await home.document('restart');
  const { pid } = (restarted as { gateway: { pid: number } }).gateway;
  expect(pid).not.toBe(gateway.pid);
  expect(readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8')).toContain('--password=CANARY;argv2');
});
