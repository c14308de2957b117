import { GatewayError } from '@deskclaw/core';
import { expect, test } from 'vitest';
import { assertDashboardUrl } from '../../src/commands/ui.ts';

test.each(['http://127.0.0.1:4000/?token=x', 'http://localhost:4000/', 'http://[::1]:4000/'])(
  'T2: the dashboard address %s is used',
  (url) => {
    expect(() => assertDashboardUrl(url, 0)).not.toThrow();
  },
);

test.each([
  'file:///etc/passwd',
  'https://127.0.0.1:4000/',
  'http://example.com/',
  'http://127.0.0.1.example.com/',
  'http://127.0.0.1@example.com/',
  'javascript:alert(1)',
  '',
  'x\u001B]0;title\u0007',
])('T2: the dashboard address %j of a host is not used, nor printed', (url) => {
  try {
    assertDashboardUrl(url, 0);
    expect.unreachable();
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    expect(error.problem.detail).not.toContain(url === '' ? 'x\u001B' : url);
  }
});
