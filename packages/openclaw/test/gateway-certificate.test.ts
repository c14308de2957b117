import { expect, test } from 'vitest';
import { certificatePath } from '../src/gateway-certificate.ts';
import type { SystemInfo } from '../src/system-info.ts';

const system: SystemInfo = { platform: 'linux', env: { HOME: '/home/me' }, home: '/home/me' };
const location = { stateDir: '/home/me/.openclaw', configPath: '/home/me/.openclaw/openclaw.json' };
const generated = '/home/me/.openclaw/gateway/tls/gateway-cert.pem';

test.each([
  ['without a configuration', undefined, undefined],
  ['without TLS', { gateway: { port: 1 } }, undefined],
  ['with TLS switched off', { gateway: { tls: { enabled: false, certPath: '/c.pem' } } }, undefined],
  ['that makes its own', { gateway: { tls: { enabled: true } } }, generated],
  ['with an empty path', { gateway: { tls: { enabled: true, certPath: ' ' } } }, generated],
  ['with a path', { gateway: { tls: { enabled: true, certPath: '/etc/tls/server.crt' } } }, '/etc/tls/server.crt'],
  ['with a path in the home folder', { gateway: { tls: { enabled: true, certPath: '~/c.pem' } } }, '/home/me/c.pem'],
])('the certificate of a gateway %s is found', (_what, config, path) => {
  expect(certificatePath(config, location, system)).toBe(path);
});
