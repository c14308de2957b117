import type { Problem } from '@deskclaw/protocol';
import { describe, expect, it } from 'vitest';
import type { Alert } from '../../src/alerts/alert-policy.ts';
import { alertRequest } from '../../src/alerts/alert-request.ts';
import { describeAlert } from '../../src/alerts/alert-text.ts';

const origin = { profile: 'default', machine: 'desk' };
const problem: Problem = {
  code: 'crash.loop',
  title: 'The gateway keeps crashing',
  detail: 'It exited 5 times <within> 300 s.\nlast line',
  actions: [{ id: 'retry', label: 'Try again', command: 'deskclaw restart' }],
  retryable: true,
  at: 1,
};
const crashLoop: Alert = { kind: 'given-up', downForMs: 125_000, problem };
const at = Date.UTC(2026, 10, 29, 3, 0, 0);

function body(request: ReturnType<typeof alertRequest>): unknown {
  return request.kind === 'http' ? JSON.parse(request.body) : undefined;
}

describe('the words of an alert', () => {
  it.each<[Alert, string, string]>([
    [
      { kind: 'down', downForMs: 30_000, problem: undefined },
      'Gateway down (desk)',
      'Down for 30 s; DeskClaw keeps trying.',
    ],
    [
      crashLoop,
      'Gateway given up (desk)',
      'The gateway keeps crashing. It exited 5 times <within> 300 s.\nDown for 2 min; DeskClaw does not try again by itself.\nNext: deskclaw restart',
    ],
    [{ kind: 'back', downForMs: 3_660_000, problem: undefined }, 'Gateway back (desk)', 'It was down for 1 h 1 min.'],
    [
      { kind: 'held-back', interruptions: 2, downForMs: 90_000 },
      'Gateway was down (desk)',
      'The gateway was down 2 times while alerts were held back, 2 min in all. See: deskclaw history',
    ],
  ])('%j', (alert, title, text) => {
    expect(describeAlert(alert, origin)).toEqual({ title, text });
  });

  it('another profile than the default is named', () => {
    expect(describeAlert({ kind: 'test' }, { ...origin, profile: 'work' }).title).toBe(
      'Test alert (desk, profile work)',
    );
  });

  it.each<[Alert, string]>([
    [crashLoop, 'Next: deskclaw --profile work restart'],
    [{ ...crashLoop, problem: undefined }, 'Next: deskclaw --profile work status'],
    [{ kind: 'held-back', interruptions: 1, downForMs: 1 }, 'See: deskclaw --profile work history'],
    [{ kind: 'recovery', message: 'x', asks: true }, 'Agree: deskclaw --profile work recover'],
    [{ kind: 'recovery', message: 'x', asks: false }, 'See: deskclaw --profile work why'],
  ])('the next step of %j names another profile than the default', (alert, step) => {
    expect(describeAlert(alert, { ...origin, profile: 'work' }).text).toContain(step);
  });

  it('terminal controls of a problem do not reach the alert', () => {
    const hostile = { ...problem, detail: '\u001b[31mred\u202e' };
    const { text } = describeAlert({ kind: 'down', downForMs: 0, problem: hostile }, origin);
    for (const control of ['\u001b', '\u202e']) expect(text).not.toContain(control);
  });
});

describe('how an alert is delivered', () => {
  it('ntfy gets it as JSON at the server, with the topic in the body', () => {
    const target = { kind: 'ntfy', url: 'https://ntfy.example/sub/my%20topic' } as const;
    const request = alertRequest(target, { token: 'tk_1' }, crashLoop, origin, 'linux', at);
    expect(request).toMatchObject({ url: 'https://ntfy.example/sub', headers: { authorization: 'Bearer tk_1' } });
    expect(body(request)).toEqual({
      topic: 'my topic',
      title: 'Gateway given up (desk)',
      message: expect.stringContaining('Next: deskclaw restart'),
      priority: 5,
      tags: ['rotating_light'],
    });
  });

  it('Slack gets text without markup, at the address from the file', () => {
    const secrets = { url: 'https://hooks.slack.example/services/T/B/x' };
    const request = alertRequest({ kind: 'slack', urlFile: 'f' }, secrets, crashLoop, origin, 'linux', at);
    expect(request).toMatchObject({ url: secrets.url });
    expect(body(request)).toEqual({ text: expect.stringContaining('5 times &lt;within&gt; 300 s') });
  });

  it('Telegram gets a message to the chat, by the bot of the token', () => {
    const target = { kind: 'telegram', chat: '-100', tokenFile: 'f' } as const;
    const request = alertRequest(target, { token: '1:abc' }, crashLoop, origin, 'linux', at);
    expect(request).toMatchObject({ url: 'https://api.telegram.org/bot1:abc/sendMessage' });
    expect(body(request)).toMatchObject({ chat_id: '-100', text: expect.stringContaining('Gateway given up') });
  });

  it('a webhook gets the whole alert as a document', () => {
    const target = { kind: 'webhook', url: 'https://example.org/hook' } as const;
    expect(body(alertRequest(target, {}, crashLoop, origin, 'linux', at))).toEqual({
      schema: 'deskclaw.alert/1',
      kind: 'given-up',
      downForMs: 125_000,
      problem,
      profile: 'default',
      machine: 'desk',
      at: '2026-11-29T03:00:00.000Z',
      title: 'Gateway given up (desk)',
      text: expect.any(String),
    });
  });

  it.each(['linux', 'darwin', 'win32'] as const)(
    'the desktop of %s gets texts that are no part of a script',
    (platform) => {
      const hostile: Alert = { kind: 'down', downForMs: 0, problem: { ...problem, title: '"; rm -rf / #' } };
      const request = alertRequest({ kind: 'desktop' }, {}, hostile, origin, platform, at);
      if (request.kind !== 'program') throw new Error('no program');
      const scripts = request.command.filter((_, index) =>
        ['-e', '-Command'].includes(request.command[index - 1] ?? ''),
      );
      for (const script of scripts) expect(script).not.toContain('rm -rf');
      expect([...request.command, ...Object.values(request.env)].join(' ')).toContain('rm -rf');
    },
  );

  it('a template is the whole text, and braces that mean nothing stay', () => {
    const target = { kind: 'slack', urlFile: 'f', template: '{code} on {machine} {unknown}' } as const;
    expect(body(alertRequest(target, { url: 'u' }, crashLoop, origin, 'linux', at))).toEqual({
      text: 'crash.loop on desk {unknown}',
    });
  });
});
