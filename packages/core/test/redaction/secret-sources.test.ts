import { describe, expect, it } from 'vitest';
import {
  isMasked,
  maskCommand,
  maskUrl,
  secretsOfCommand,
  secretsOfEnvironment,
  secretsOfUrl,
} from '../../src/redaction/secret-sources.ts';

describe('T6: secret arguments', () => {
  it.each([
    [
      ['gw', '--token', 'X1'],
      ['gw', '--token', '[redacted]'],
    ],
    [
      ['gw', '--api-key=X1', '--password=a;b c'],
      ['gw', '--api-key=[redacted]', '--password=[redacted]'],
    ],
    [
      ['gw', '-H', 'Authorization: Bearer X1'],
      ['gw', '-H', 'Authorization: Bearer [redacted]'],
    ],
    [
      ['gw', 'postgres://u:X1@h/db?sslkey=X2&a='],
      ['gw', 'postgres://[redacted]@h/db?sslkey=[redacted]&a=[redacted]'],
    ],
    [
      ['gw', '--token-file', '/run/t', '--port', '{port}'],
      ['gw', '--token-file', '/run/t', '--port', '{port}'],
    ],
    [
      ['gw', '--secret', '--verbose'],
      ['gw', '--secret', '--verbose'],
    ],
    [
      ['gw', '--max-tokens', '100'],
      ['gw', '--max-tokens', '[redacted]'],
    ],
  ])('maskCommand(%j) is %j', (command, masked) => {
    expect(maskCommand(command)).toEqual(masked);
    const secrets = secretsOfCommand(command);
    for (const secret of ['X1', 'X2', 'a;b c'])
      if (command.some((word) => word.includes(secret))) expect(secrets).toContain(secret);
    expect(maskCommand(command).some(isMasked)).toBe(secrets.length > 0);
  });
});

it.each([
  ['wss://user:X%20y@h/ws', ['X%20y', 'X y'], 'wss://[redacted]@h/ws'],
  ['wss://X1@h/ws', ['X1', 'X1'], 'wss://[redacted]@h/ws'],
  ['/ws?token=X1&b=X%32', ['X1', 'X%32', 'X1', 'X2'], '/ws?token=[redacted]&b=[redacted]'],
  ['/ws?X1', ['X1'], '/ws?[redacted]'],
  ['ws://127.0.0.1:1/ws', [], 'ws://127.0.0.1:1/ws'],
])('T6: the secrets of %s are found and masked', (url, secrets, masked) => {
  expect(secretsOfUrl(url)).toEqual(expect.arrayContaining([...secrets]));
  expect(maskUrl(url)).toBe(masked);
});

it('T6: values of variables count as secrets unless they are words, paths, numbers, hosts or locales', () => {
  const ordinary = {
    NODE_ENV: 'production',
    LOG: '/var/log/gw.log',
    WORK: '~/proj',
    N: '12345678',
    LANG: 'en_US.UTF-8',
    LISTEN: 'localhost:18789',
    TITLE: 'My little gateway',
    BASE: 'https://api.example.com/v1',
  };
  expect(secretsOfEnvironment(ordinary)).toEqual([]);
  const secrets = {
    MODEL_KEY: 'abcdefgh',
    OTHER: 'Zx81-kk29-ab',
    DSN: 'https://u:pw123456@h/1',
    PW: 'correct horse 4',
  };
  expect(secretsOfEnvironment(secrets)).toEqual(
    expect.arrayContaining(['abcdefgh', 'Zx81-kk29-ab', 'pw123456', 'correct horse 4']),
  );
});
