import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { freePort, type Scene } from './scene.ts';
import { listening } from './strangers.ts';

export interface TlsGateway {
  readonly port: number;
  /** File of the certificate to trust. */
  readonly authority: string;
  /** As `openssl x509 -fingerprint -sha256` shows it. */
  readonly fingerprint: string;
  /** Gives it a certificate of the same authority that is valid. */
  renew(): void;
}

const expired = ['-startdate', '20200101000000Z', '-enddate', '20200201000000Z'];

const caSettings = `[ca]
default_ca = c
[c]
database = index.txt
serial = serial
new_certs_dir = .
default_md = sha256
policy = p
copy_extensions = copy
unique_subject = no
default_days = 30
[p]
commonName = supplied
`;

/** A gateway behind TLS, with a certificate that it signed itself, or an expired one of an authority. */
export async function tlsGateway(scene: Scene, isSelfSigned: boolean): Promise<TlsGateway> {
  const folder = scene.makeFolder('tls');
  const run = (...words: readonly string[]) => execFileSync('openssl', words, { stdio: 'pipe', cwd: folder });
  const make = (name: string, subject: string) => [
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    `${name}.key`,
    '-subj',
    subject,
  ];
  scene.write('tls/ca.cnf', caSettings);
  scene.write('tls/index.txt', '');
  scene.write('tls/serial', '01\n');
  run('req', '-x509', ...make('ca', '/CN=Made-up authority'), '-days', '30', '-out', 'ca.pem');
  run('req', ...make('gateway', '/CN=127.0.0.1'), '-addext', 'subjectAltName=IP:127.0.0.1', '-out', 'request.pem');
  const sign = (out: string, dates: readonly string[]) => {
    const authority = ['-cert', 'ca.pem', '-keyfile', 'ca.key'];
    run('ca', '-batch', '-config', 'ca.cnf', ...authority, '-in', 'request.pem', '-notext', '-out', out, ...dates);
    return { key: readFileSync(join(folder, 'gateway.key')), cert: readFileSync(join(folder, out)) };
  };
  const signItself = () => {
    const itself = ['-x509', '-key', 'gateway.key', '-in', 'request.pem', '-copy_extensions', 'copy'];
    run('req', ...itself, '-days', '30', '-out', 'first.pem');
    return { key: readFileSync(join(folder, 'gateway.key')), cert: readFileSync(join(folder, 'first.pem')) };
  };
  const first = isSelfSigned ? signItself() : sign('first.pem', expired);
  const inner = await freePort();
  scene.launch(`gw --port ${String(inner)}`);
  await listening(inner);
  const server = createServer(first, (outside) => {
    const inside = connect(inner, '127.0.0.1');
    outside.on('error', () => inside.destroy()).on('close', () => inside.destroy());
    inside.on('error', () => outside.destroy()).on('close', () => outside.destroy());
    outside.pipe(inside).pipe(outside);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  scene.afterwards(() => server.close());
  return {
    port: (server.address() as AddressInfo).port,
    authority: join(folder, isSelfSigned ? 'first.pem' : 'ca.pem'),
    fingerprint: new X509Certificate(first.cert).fingerprint256,
    renew: () => server.setSecureContext(sign('renewed.pem', [])),
  };
}
