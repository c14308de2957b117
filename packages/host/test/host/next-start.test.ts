import type { StartRequest } from '@deskclaw/protocol';
import { expect, it } from 'vitest';
import { type NextStartDeps, nextStart } from '../../src/host/next-start.ts';
import type { Settings } from '../../src/profile/config.ts';

const lastOpenClaw = { host: '127.0.0.1', port: 20_000, path: '/', program: 'OpenClaw 2026.9.6' };

it.each<[StartRequest, Settings, NextStartDeps['lastOpenClaw'], [string | undefined, string, number]]>([
  [{}, {}, undefined, ['OpenClaw', 'ws://127.0.0.1:18789/', 18_789]],
  [{}, {}, lastOpenClaw, ['OpenClaw 2026.9.6', 'ws://127.0.0.1:20000/', 20_000]],
  [{}, { port: 7 }, lastOpenClaw, ['OpenClaw 2026.9.6', 'ws://127.0.0.1:7/', 7]],
  [{ port: 6 }, { port: 7 }, lastOpenClaw, ['OpenClaw 2026.9.6', 'ws://127.0.0.1:6/', 6]],
  [
    { gateway: 'builtin', port: 28_971 },
    {},
    lastOpenClaw,
    ['built-in gateway 9.8.7', 'ws://127.0.0.1:28971/ws', 28_971],
  ],
  [{ gateway: 'builtin', port: 0 }, {}, undefined, ['built-in gateway 9.8.7', 'ws://127.0.0.1:0/ws', 0]],
  [{}, { gateway: 'builtin', host: '::1' }, undefined, ['built-in gateway 9.8.7', 'ws://[::1]:18789/ws', 18_789]],
  [{ command: ['node', '/x/gw.js'] }, { path: '/chat' }, undefined, ['gw.js', 'ws://127.0.0.1:18789/chat', 18_789]],
  [{}, { url: 'wss://me:pw@far.example/gw?token=1' }, undefined, [undefined, 'wss://far.example/gw', 18_789]],
])('a start by %j over %j, the last OpenClaw being %j, runs %j', (request, settings, last, [program, url, port]) => {
  const next = nextStart(request, settings, { version: '9.8.7', lastOpenClaw: last });
  expect(next).toMatchObject({ url, port });
  expect(next.program).toBe(program);
});
