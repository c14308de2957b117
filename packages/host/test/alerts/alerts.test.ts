import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeClock } from '@deskclaw/core';
import { SimulatedClock } from '@deskclaw/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { deliverAlert, deliverWithRetries } from '../../src/alerts/alert-sender.ts';
import { alertsSchema } from '../../src/alerts/alert-settings.ts';

interface Received {
  readonly url: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

const received: Received[] = [];
let answers: { status: number; location?: string }[] = [];
let address = '';
let folder = '';
const learned: string[] = [];

async function readBody(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}

const receiver = createServer((request, response) => {
  void readBody(request).then((body) => {
    received.push({ url: request.url ?? '', authorization: request.headers.authorization, body });
    const { status, location } = answers.shift() ?? { status: 200 };
    response.writeHead(status, location === undefined ? {} : { location }).end('said the receiver');
  });
});

beforeEach(async () => {
  received.length = 0;
  learned.length = 0;
  answers = [];
  folder = mkdtempSync(join(tmpdir(), 'deskclaw-alerts-'));
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const at = receiver.address();
  if (at === null || typeof at === 'string') throw new Error('no port');
  address = `http://127.0.0.1:${String(at.port)}`;
});

afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
});

const origin = { profile: 'default', machine: 'desk' };
const deps = (clock = nodeClock) => ({
  env: process.env,
  clock,
  origin,
  learnSecret: (secret: string) => void learned.push(secret),
});
const down = { kind: 'down', downForMs: 30_000, problem: undefined } as const;

function secretFile(text: string): string {
  const path = join(folder, 'secret');
  writeFileSync(path, `${text}\n`);
  return path;
}

describe('a local receiver of alerts', () => {
  it('gets a webhook with the token from its file, which is learned as a secret', async () => {
    const target = { kind: 'webhook', url: `${address}/hook`, tokenFile: secretFile('s3cret-token') } as const;
    expect(await deliverAlert(target, down, deps())).toEqual({ ok: true });
    expect(received).toEqual([
      { url: '/hook', authorization: 'Bearer s3cret-token', body: expect.stringContaining('"kind":"down"') },
    ]);
    expect(learned).toEqual(['s3cret-token']);
  });

  it('gets ntfy, Slack and Telegram in their formats', async () => {
    await deliverAlert({ kind: 'ntfy', url: `${address}/topic` }, down, deps());
    await deliverAlert({ kind: 'slack', urlFile: secretFile(`${address}/services/x`) }, down, deps());
    await deliverAlert({ kind: 'telegram', chat: '7', tokenFile: secretFile('1:a'), url: address }, down, deps());
    expect(received.map(({ url }) => url)).toEqual(['/', '/services/x', '/bot1:a/sendMessage']);
    expect(received.map(({ body }) => Object.keys(JSON.parse(body)))).toEqual([
      ['topic', 'title', 'message', 'priority', 'tags'],
      ['text'],
      ['chat_id', 'text', 'link_preview_options'],
    ]);
  });

  it('is tried again where it fails, and the last reason is told', async () => {
    const clock = new SimulatedClock();
    answers = [{ status: 503 }, { status: 500 }];
    const target = { kind: 'webhook', url: address } as const;
    const delivery = deliverWithRetries(target, down, deps(clock));
    while (received.length < 3) {
      await new Promise(setImmediate);
      await clock.advance(1_000);
    }
    expect(await delivery).toEqual({ ok: true });
    answers = Array.from({ length: 4 }, () => ({ status: 403 }));
    expect(await deliverAlert(target, down, deps())).toEqual({ ok: false, reason: 'HTTP 403 said the receiver' });
  });

  it('gets nothing of a redirect', async () => {
    answers = [{ status: 307, location: `${address}/elsewhere` }];
    const target = { kind: 'webhook', url: address, tokenFile: secretFile('s3cret-token') } as const;
    expect(await deliverAlert(target, down, deps())).toMatchObject({ ok: false });
    expect(received).toHaveLength(1);
  });
});

describe('other ends of an alert', () => {
  it('a command gets the alert in its environment', async () => {
    const path = join(folder, 'said.json');
    const target = { kind: 'command', command: ['/bin/sh', '-c', `printf %s "$DESKCLAW_ALERT" > '${path}'`] } as const;
    expect(await deliverAlert({ ...target, command: [...target.command] }, down, deps())).toEqual({ ok: true });
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ schema: 'deskclaw.alert/1', kind: 'down' });
  });

  it.each([
    [{ kind: 'command', command: ['/bin/sh', '-c', 'echo no >&2; exit 3'] } as const, '/bin/sh exited with code 3. no'],
    [{ kind: 'command', command: ['/no/such/program'] } as const, 'the program /no/such/program was not found'],
    [{ kind: 'slack', urlFile: '/no/such/file' } as const, "ENOENT: no such file or directory, open '/no/such/file'"],
  ])('the reason of a failure is told: %j', async (target, reason) => {
    const copy = target.kind === 'command' ? { ...target, command: [...target.command] } : target;
    expect(await deliverAlert(copy, down, deps())).toEqual({ ok: false, reason: expect.stringContaining(reason) });
  });
});

describe('settings of alerts', () => {
  const valid = (value: unknown) => z.safeParse(alertsSchema, { targets: [value] }).success;

  it.each([
    [{ kind: 'ntfy', url: 'https://ntfy.sh/topic' }, true],
    [{ kind: 'ntfy', url: 'http://127.0.0.1:8080/topic' }, true],
    [{ kind: 'ntfy', url: 'http://ntfy.example/topic' }, false],
    [{ kind: 'ntfy', url: 'file:///etc/passwd' }, false],
    [{ kind: 'telegram', chat: '1' }, false],
    [{ kind: 'slack', url: 'https://hooks.slack.com/secret' }, false],
    [{ kind: 'pigeon' }, false],
  ])('the target %j is accepted: %s', (target, expected) => {
    expect(valid(target)).toBe(expected);
  });
});
