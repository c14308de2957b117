import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CommandLine } from '../src/deskclaw.ts';
import { ensureInstalled } from '../src/install.ts';
import { alive, numberAt } from '../src/left-behind.ts';
import { type ModelServer, startModelServer } from '../src/model-server.ts';
import { chosenGenerations, type Generation } from '../src/versions.ts';
import { at } from '../src/wire.ts';
import { configFor, makeWorkplace, type Workplace } from '../src/workplace.ts';

const STEP_MS = 4 * 60_000;

/** E11: a real OpenClaw with `gateway.tls.enabled`, started, watched and restarted by DeskClaw. */
describe.each(chosenGenerations(process.env))('TLS of a supervised OpenClaw $version', (generation: Generation) => {
  let model: ModelServer;
  let workplace: Workplace;
  let deskclaw: CommandLine | undefined;
  let missing = '';
  const pids: number[] = [];

  beforeAll(async () => {
    const installed = await ensureInstalled(generation, process.env);
    model = await startModelServer();
    workplace = await makeWorkplace((place) => configFor(place, model.url));
    configureTls({ enabled: true });
    if (installed.kind === 'impossible') missing = installed.reason;
    else deskclaw = new CommandLine(workplace, installed.folder);
  }, 15 * 60_000);

  afterAll(async () => {
    await deskclaw?.run(['stop', '--force']);
    await model.close();
    expect(alive(workplace, pids)).toEqual([]);
    await workplace.remove();
  }, STEP_MS);

  /** Declares a test that continues from the state of the previous one. */
  function step(name: string, body: (deskclaw: CommandLine) => Promise<void>): void {
    test(name, { timeout: STEP_MS }, async ({ skip }) => {
      if (deskclaw === undefined) return skip(missing);
      await body(deskclaw);
    });
  }

  function configureTls(tls: Readonly<Record<string, unknown>>): void {
    const config: unknown = JSON.parse(readFileSync(workplace.configPath, 'utf8'));
    const gateway = at(config, 'gateway');
    writeFileSync(workplace.configPath, JSON.stringify({ ...Object(config), gateway: { ...Object(gateway), tls } }));
  }

  const own = (name: 'cert' | 'key') => join(workplace.stateDir, 'gateway', 'tls', `gateway-${name}.pem`);
  const fingerprintOf = (path: string) => new X509Certificate(readFileSync(path)).fingerprint256;

  function makeCertificate(name: string): { readonly certPath: string; readonly keyPath: string } {
    const [certPath, keyPath] = [join(workplace.root, `${name}.pem`), join(workplace.root, `${name}.key`)];
    const subject = ['-subj', '/CN=conformance', '-days', '2'];
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', keyPath, '-out', certPath, ...subject],
      { stdio: 'ignore' },
    );
    return { certPath, keyPath };
  }

  async function expectServed(deskclaw: CommandLine): Promise<number> {
    const status = await deskclaw.json(['status']);
    expect(status).toMatchObject({
      gateway: { state: 'running', ownership: 'owned', dialect: 'openclaw', url: expect.stringMatching(/^wss:\/\//) },
    });
    const health = await deskclaw.json(['health']);
    expect(health).toMatchObject({ ok: true });
    expect(at(health, 'evidence')).toContainEqual(expect.objectContaining({ kind: 'http', ok: true }));
    pids.push(numberAt(status, 'host', 'pid'));
    return numberAt(status, 'gateway', 'pid');
  }

  step(
    'start connects by wss to the certificate that OpenClaw makes itself, and asks for health by https',
    async (deskclaw) => {
      const ran = await deskclaw.run(['start', '--gateway', 'openclaw', '--port', '0']);
      expect(ran.code, ran.stderr).toBe(0);
      await expectServed(deskclaw);
      expect((await deskclaw.run(['call', 'health'])).code).toBe(0);
    },
  );

  step('a gateway that was killed comes back with the same certificate', async (deskclaw) => {
    const [before, certificate] = [await expectServed(deskclaw), fingerprintOf(own('cert'))];
    process.kill(before, 'SIGKILL');
    for (let now = before; now === before; ) {
      const { code, stdout } = await deskclaw.run(['status', '--json']);
      if (code === 0) now = numberAt(JSON.parse(stdout), 'gateway', 'pid');
    }
    await expectServed(deskclaw);
    expect(fingerprintOf(own('cert'))).toBe(certificate);
  });

  step('a rotated certificate is taken over by a restart', async (deskclaw) => {
    const certificate = fingerprintOf(own('cert'));
    for (const name of ['cert', 'key'] as const) rmSync(own(name));
    const ran = await deskclaw.run(['restart']);
    expect(ran.code, ran.stderr).toBe(0);
    await expectServed(deskclaw);
    expect(fingerprintOf(own('cert'))).not.toBe(certificate);
  });

  step('a certificate that the configuration names is the one that counts', async (deskclaw) => {
    configureTls({ enabled: true, autoGenerate: false, ...makeCertificate('named') });
    const ran = await deskclaw.run(['restart']);
    expect(ran.code, ran.stderr).toBe(0);
    await expectServed(deskclaw);
  });

  step('a gateway that shows another certificate than its file is asked nothing', async (deskclaw) => {
    const { certPath } = makeCertificate('other');
    writeFileSync(join(workplace.root, 'named.pem'), readFileSync(certPath));
    const { stdout } = await deskclaw.run(['health', '--json']);
    const evidence = at(JSON.parse(stdout), 'evidence');
    expect(evidence).toContainEqual(expect.objectContaining({ kind: 'http', ok: false }));
    expect(JSON.stringify(evidence)).toContain(fingerprintOf(certPath));
  });
});
