import { describe, expect, it } from 'vitest';
import { Redactor } from '../../src/redaction/redactor.ts';

const redactor = new Redactor();

describe('T6: a secret is recognised by its shape', () => {
  it.each([
    ['Authorization: Bearer CANARY-bearer1234567890', 'Authorization: Bearer [redacted]'],
    ['Authorization: Basic Q0FOQVJZLUEwMmJhc2ljOnB3', 'Authorization: Basic [redacted]'],
    ['"authorization":"Bearer CANARYlower"', '"authorization":"Bearer [redacted]"'],
    ['proxy-authorization: CANARY-A21 x', 'proxy-authorization: [redacted] x'],
    ['sent Bearer CANARY12345678', 'sent Bearer [redacted]'],
    ['sent Basic Q0FOQVJZOnB3', 'sent Basic [redacted]'],
    ['GET https://user:CANARY-userinfo@api.example.com/v1', 'GET https://user:[redacted]@api.example.com/v1'],
    ['redis://:CANARY@cache:6379/0', 'redis://:[redacted]@cache:6379/0'],
    ['GET /v1?key=CANARY-querykey99', 'GET /v1?key=[redacted]'],
    ['GET /v1?access_token=CANARY&x=1', 'GET /v1?access_token=[redacted]&x=1'],
    ['/v1?a=1&api_key=CANARY1#top', '/v1?a=1&api_key=[redacted]#top'],
    ['AWS_SECRET_ACCESS_KEY=CANARYA06wJalrXUtnFEMIK7MDENG', 'AWS_SECRET_ACCESS_KEY=[redacted]'],
    ["export DB_PASSWORD='CANARY'", "export DB_PASSWORD='[redacted]'"],
    ['STRIPE_KEY=CANARY-1234', 'STRIPE_KEY=[redacted]'],
    ['using AIzaSyCANARYA07xxxxxxxxxxxxxxxxxxxxxxxx', 'using AIza[redacted]'],
    ['jwt eyJhbGciOiJIUzI1NiJ9.eyJDQU5BUlkiOiJBMDgifQ.CANARYA08signature', 'jwt eyJ[redacted]'],
    ['{"apiKey":"CANARY-json","password":"CANARY;CANARY-tail"}', '{"apiKey":"[redacted]","password":"[redacted]"}'],
    ['{\\"password\\":\\"CANARY with spaces\\"}', '{\\"password\\":\\"[redacted]\\"}'],
    ['password: "CANARY A10 with spaces"', 'password: "[redacted]"'],
    ["passphrase = 'CANARY; and more'", "passphrase = '[redacted]'"],
    ['password=CANARY;CANARY-tail', 'password=[redacted]'],
    ['key sk-CANARYA11xxxxxxxxxxxxxxxxxxxx', 'key sk-[redacted]'],
    ['key sk_live_CANARY1234567890', 'key sk_[redacted]'],
    ['npm_CANARYA20xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', 'npm_[redacted]'],
    ['glpat-CANARYA20yyyyyyyyyyyy', 'glpat-[redacted]'],
    ['github_pat_CANARYA20zzzzzzzzzzzz', 'github_pat_[redacted]'],
    ['ghp_CANARYA20zzzzzzzzzzzz', 'ghp_[redacted]'],
    ['xoxb-CANARY-1234567890', 'xoxb-[redacted]'],
    ['bot123456:CANARYA18-AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw', 'bot123456:[redacted]'],
    ['set-cookie: session=CANARY-cookie; HttpOnly', 'set-cookie: [redacted]'],
    ['{"cookie":"session=CANARY","x":1}', '{"cookie":"[redacted]","x":1}'],
    ['x-api-key CANARY-spacekey12345', 'x-api-key [redacted]'],
    ['run gw --token CANARY-argv --port 1', 'run gw --token [redacted] --port 1'],
    ['run gw --api-key=CANARY-argv', 'run gw --api-key=[redacted]'],
    [
      '-----BEGIN PRIVATE KEY-----\nCANARY\n-----END PRIVATE KEY-----',
      '-----BEGIN PRIVATE KEY-----[redacted]-----END PRIVATE KEY-----',
    ],
    ['-----BEGIN RSA PRIVATE KEY-----\\nCANARY', '-----BEGIN RSA PRIVATE KEY-----[redacted]'],
  ])('%j is masked', (text, expected) => {
    expect(redactor.text(text)).toBe(expected);
    expect(redactor.text(expected)).toBe(expected);
  });

  it('a private key that is printed line by line is masked to its end, and nothing after it', () => {
    const lines = [
      'A12 -----BEGIN PRIVATE KEY-----',
      'CANARYA12MIIEvQIBADANBgkqhkiG9w0BAQEFAASC',
      '-----END PRIVATE KEY-----',
    ];
    const commit = 'commit 0123456789abcdef0123456789abcdef01234567';
    const masked = [...lines, commit].map((line) => redactor.line(line));
    expect(masked.join('\n')).not.toContain('CANARY');
    expect(masked.at(-1)).toBe(commit);
  });
});

describe('T6: ordinary text is left as it is', () => {
  it.each([
    'DESKCLAW_TOKEN_FILE=/home/me/token deskclaw start',
    '{"tokenFile":"/run/secrets/telegram"}',
    'the gateway asks for a token: unauthorized: gateway token missing',
    'listening on ws://127.0.0.1:18789, pid 42, tokens used: 12',
    '{"maxTokens":128000,"total_tokens":1234567,"token_count":1234567}',
    'token: missing; password: required; secret: undefined',
    'auth.token-mismatch: The gateway refused the token in /home/u/.openclaw/openclaw.json',
    'Basic authentication is not supported, Bearer authentication is.',
    'task-scheduler restarted, disk-usage-monitor ok, sk-learn-model loaded',
    'npm_config_registry=https://registry.npmjs.org/ npm_lifecycle_event=start',
    'GET https://registry.npmjs.org/openclaw?version=latest&page=2',
    'git@github.com:openclaw/openclaw.git, user@example.com',
    'sha512-abcdef0123456789+/abcdef0123456789 OK, commit 0123456789abcdef0123456789abcdef01234567',
    '2026-11-29T10:00:00.123Z [gateway] ready in 1234 ms',
    'deskclaw start --token-file /run/secrets/token',
    'cookies are disabled; cookie: not sent',
    'The API key is missing. Set OPENAI_API_KEY.',
    '-----BEGIN CERTIFICATE-----',
    'author: somebody, keyboard: us, monkey: no, key: value',
    'at Object.<anonymous> (/srv/app/secret-store.js:12:34)',
  ])('%j is left as it is', (text) => {
    expect(redactor.text(text)).toBe(text);
    expect(redactor.line(text)).toBe(text);
  });
});

it('T6: a known secret is masked in JSON, in an address and in base64, wherever it stands', () => {
  const known = new Redactor({ patterns: false });
  const secret = 'CANARY "tok/en" +0001';
  known.learn(secret);
  const forms = [
    secret,
    JSON.stringify({ a: secret }),
    encodeURIComponent(secret),
    ...['', 'u:', 'ab', 'abc:'].map((before) => Buffer.from(`${before}${secret}`).toString('base64')),
    Buffer.from(`${secret}tail`).toString('base64url'),
  ];
  for (const form of forms) expect(known.text(`before ${form} after`), form).toContain('[redacted]');
  expect(known.text(Buffer.from(`ab${secret}`).toString('base64')).length).toBeLessThan(20);
});

it('T6: masking takes time in proportion to the text, whatever the text', () => {
  for (const unit of [
    '-----BEGIN PRIVATE KEY-----',
    'token',
    'a-',
    'eyJ',
    'https://',
    'cookie:',
    'A_',
    'password="',
    '--token ',
    '1',
    '?key=',
    'Basic a',
  ]) {
    const startedAt = process.cpuUsage().user;
    redactor.text(unit.repeat(Math.ceil((256 * 1024) / unit.length)));
    expect(process.cpuUsage().user - startedAt, unit).toBeLessThan(3_000_000);
  }
});

it('T6: the error of a file whose name ends in token stays readable', () => {
  for (const error of ['EMFILE: too many open files', 'EROFS: read-only file system', 'ENFILE: file table overflow'])
    expect(redactor.text(`It cannot be kept in /home/me/gateway.token: ${error}, open`)).toContain(error);
  expect(redactor.text('token: ESECRETVALUE9')).not.toContain('ESECRETVALUE9');
});
