import { describe, expect, it } from 'vitest';
import { maskSettings } from '../../src/profile/mask-settings.ts';

const MASK = '[redacted]';

describe('maskSettings', () => {
  it('masks every value of the environment and keeps the names', () => {
    const env = { OPENAI_API_KEY: 'sk-canary-1', PLAIN: 'canary-2' };
    expect(maskSettings({ env, port: 1 })).toEqual({ env: { OPENAI_API_KEY: MASK, PLAIN: MASK }, port: 1 });
    const headers = { authorization: 'Bearer abcdefghij' };
    expect(maskSettings({ headers })).toEqual({ headers: { authorization: MASK } });
  });

  it.each([
    [
      ['gw', '--token', 'canary'],
      ['gw', '--token', MASK],
    ],
    [
      ['gw', '--api-key=canary', '--port', '1'],
      ['gw', `--api-key=${MASK}`, '--port', '1'],
    ],
    [
      ['gw', '--auth-password', 'canary', 'run'],
      ['gw', '--auth-password', MASK, 'run'],
    ],
    [
      ['gw', '--token-file', '/x', '-v'],
      ['gw', '--token-file', '/x', '-v'],
    ],
    [
      ['gw', '--secret', '--port', '1'],
      ['gw', '--secret', '--port', '1'],
    ],
    [
      ['gw', 'sk-canary-canary1'],
      ['gw', `sk-${MASK}`],
    ],
    [
      ['gw', 'run', '--port', '{port}'],
      ['gw', 'run', '--port', '{port}'],
    ],
  ])('masks the secret words of the command %j', (command, masked) => {
    expect(maskSettings({ command })).toEqual({ command: masked });
  });

  it.each([
    ['wss://user:canary@example.org/ws', `wss://${MASK}@example.org/ws`],
    ['wss://example.org/ws?token=canary&a=canary', `wss://example.org/ws?token=${MASK}&a=${MASK}`],
    ['ws://127.0.0.1:1/ws', 'ws://127.0.0.1:1/ws'],
  ])('masks credentials in the address %s', (url, masked) => {
    expect(maskSettings({ url })).toEqual({ url: masked });
  });

  it('masks the query of a path', () => {
    const settings = { path: '/ws?token=canary', healthPath: '/health' };
    expect(maskSettings(settings)).toEqual({ path: `/ws?token=${MASK}`, healthPath: '/health' });
  });
});
