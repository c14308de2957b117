import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { LocalRegistry } from '../../../../packages/host/test/install/local-registry.ts';
import { type Posing, posingNode, posingOpenClaw } from '../../../../packages/host/test/install/posing-openclaw.ts';
import type { Fault, Scenario } from '../scenario.ts';
import { freePort, type Scene, type Typed } from '../scene.ts';
import { refusingServer } from '../strangers.ts';

const VERSION = '2026.9.6';

/** Where `npm run conformance` installs real versions; see docs/testing.md. */
function realOpenClaw(): string {
  const named = process.env['DESKCLAW_CONFORMANCE_CACHE'];
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return join(named ?? join(cache, 'deskclaw-conformance'), `openclaw-${VERSION}`);
}

function isMissing(): string | undefined {
  const folder = realOpenClaw();
  return existsSync(join(folder, '.installed')) ? undefined : `no OpenClaw in ${folder}: run npm run conformance once`;
}

/** A registry with packages that pose as OpenClaw, over the built-in gateway. @returns the environment that names it. */
async function registry(scene: Scene, versions: Readonly<Record<string, Posing>>): Promise<Record<string, string>> {
  const served = await LocalRegistry.open();
  scene.afterwards(() => served.close());
  for (const [version, posing] of Object.entries(versions)) served.publish(posingOpenClaw(version, posing));
  served.publish(posingNode('99.0.0'));
  return { npm_config_registry: served.url, npm_config_fetch_retries: '0' };
}

const LONG_MS = 120_000;

const standIns: readonly Scenario[] = [
  {
    name: '01 OpenClaw not installed',
    inject: async (scene) => {
      const env = await registry(scene, { [VERSION]: {} });
      return {
        command: 'deskclaw start --port 0',
        env,
        names: [/openclaw/i, scene.path('bin')],
        exit: 78,
        limitMs: LONG_MS,
        isHealed: async (_scene, step) => step.code === 0,
      };
    },
  },
  {
    name: '02 Node too old',
    inject: async (scene) => {
      const posing = { node: '>=99' };
      const env = await registry(scene, { '2027.1.1': posing });
      const { files, manifest } = posingOpenClaw('2027.1.1', posing);
      const program = scene.write(
        'lib/openclaw/openclaw.mjs',
        `#!/usr/bin/env node\n${String(files['openclaw.mjs'])}`,
        0o755,
      );
      scene.write('lib/openclaw/package.json', JSON.stringify({ ...manifest, name: 'openclaw', version: '2027.1.1' }));
      symlinkSync(program, scene.path('bin', 'openclaw'));
      return {
        command: 'deskclaw start --port 0',
        env,
        names: ['>=99', process.versions.node, '2027.1.1', scene.path('lib', 'openclaw')],
        exit: 78,
        limitMs: LONG_MS,
        isHealed: async (_scene, step) => step.code === 0,
      };
    },
  },
  {
    name: '47 upgrade to a missing version',
    inject: async (scene) => {
      const env = await registry(scene, { '2026.5.28': {}, [VERSION]: {} });
      await scene.must('deskclaw openclaw install 2026.5.28', { env, limitMs: LONG_MS });
      return {
        command: 'deskclaw openclaw upgrade 2099.1.1',
        env,
        names: ['2099.1.1'],
        exit: 78,
        limitMs: LONG_MS,
        // npm is asked, which takes its time.
        withinMs: 3_000,
        story: 'untouched',
        repeatable: false,
        isHealed: async (_scene, step) => step.code === 0,
      };
    },
  },
];

const TOKEN = 'explain-token-0123456789';

/** The environment of a real OpenClaw in the scene, with this configuration. */
function openclaw(scene: Scene, config: object | string): Record<string, string> {
  const folder = realOpenClaw();
  // Compiled code is the same for every place, and a part of the tests' own cache.
  const compiled = join(folder, '..', 'compiled');
  mkdirSync(compiled, { recursive: true });
  symlinkSync(compiled, scene.path('tmp', 'node-compile-cache'));
  scene.write(
    'home/.openclaw/openclaw.json',
    typeof config === 'string' ? config : JSON.stringify(config, undefined, 2),
  );
  const program = join(folder, 'node_modules', 'openclaw', 'openclaw.mjs');
  scene.write('bin/openclaw', `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`, 0o755);
  return { DESKCLAW_OPENCLAW: folder, OPENCLAW_SKIP_CHANNELS: '1' };
}

function config(gateway: object, more: object = {}): object {
  return {
    gateway: { mode: 'local', bind: 'loopback', auth: { mode: 'token', token: TOKEN }, ...gateway },
    discovery: { mdns: { mode: 'off' } },
    update: { checkOnStart: false },
    ...more,
  };
}

/** A model of a server that is at fault. */
function modelOf(scene: Scene, port: number): object {
  const model = {
    id: 'made-up-1',
    name: 'Made up',
    reasoning: false,
    input: ['text'],
    cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
    contextWindow: 200_000,
    maxTokens: 4_096,
  };
  const baseUrl = `http://127.0.0.1:${String(port)}/v1`;
  const provider = { baseUrl, apiKey: 'none', api: 'openai-completions', models: [model] };
  return {
    agents: {
      defaults: { workspace: scene.makeFolder('workspace'), skipBootstrap: true, model: { primary: 'made/made-up-1' } },
    },
    models: { mode: 'replace', providers: { made: provider } },
  };
}

async function chatsAgain(scene: Scene, env: Record<string, string>, { code }: Typed): Promise<boolean> {
  return code === 0 && (await scene.type('deskclaw chat hello', { env, limitMs: 60_000 })).code === 0;
}

function real(name: string, inject: (scene: Scene) => Promise<Fault>): Scenario {
  return { name, unavailable: isMissing, inject };
}

const realOnes: readonly Scenario[] = [
  real('14 openclaw.json unknown key', async (scene) => {
    const env = openclaw(scene, config({ gatway: 1 }));
    return {
      command: `deskclaw start --port ${String(await freePort())}`,
      env,
      names: ['gatway', /openclaw\.json/],
      exit: 0,
      limitMs: 180_000,
      // OpenClaw itself needs as long to refuse the file.
      withinMs: 45_000,
      noStep: true,
      repeatable: false,
      story: ['gatway', 'repair', 'openclaw.json'],
      untold: { status: 'it runs', 'status --json': 'it runs', why: 'nothing was interrupted' },
    };
  }),
  real('15 openclaw.json schema', async (scene) => {
    const env = openclaw(scene, config({ bind: 'loopbak' }));
    return {
      command: `deskclaw start --port ${String(await freePort())}`,
      env,
      names: ['loopbak', 'gateway.bind'],
      exit: 78,
      limitMs: 180_000,
      withinMs: 30_000,
      repeatable: false,
      person: {
        named: /openclaw\.json|configuration|openclaw/,
        act: () => writeFileSync(scene.path('home/.openclaw/openclaw.json'), JSON.stringify(config({}))),
      },
    };
  }),
  real('15b openclaw.json port is no number', async (scene) => {
    const env = openclaw(scene, config({ port: 'abc' }));
    return {
      command: 'deskclaw start',
      env,
      names: ['abc', 'gateway.port'],
      exit: 78,
      limitMs: 120_000,
      repeatable: false,
      person: {
        named: /openclaw\.json|configuration|gateway\.port/,
        act: async () =>
          writeFileSync(scene.path('home/.openclaw/openclaw.json'), JSON.stringify(config({ port: await freePort() }))),
      },
    };
  }),
  real('44d chat with OpenClaw: model server is down', async (scene) => {
    const port = await freePort();
    const env = openclaw(scene, config({}, modelOf(scene, port)));
    await scene.must(`deskclaw start --port ${String(await freePort())}`, { env, limitMs: 180_000 });
    return {
      command: 'deskclaw chat hello',
      env,
      names: [/refuse|ECONNREFUSED|connection/i, 'made-up-1'],
      exit: 7,
      limitMs: 150_000,
      withinMs: 20_000,
      repeatable: false,
      story: 'untouched',
      information: ['made/made-up-1'],
      isHealed: (in_, step) => chatsAgain(in_, env, step),
    };
  }),
  real('44e chat with OpenClaw: model server answers 401', async (scene) => {
    const port = await refusingServer(scene, 401, 'Unauthorized');
    const env = openclaw(scene, config({}, modelOf(scene, port)));
    await scene.must(`deskclaw start --port ${String(await freePort())}`, { env, limitMs: 180_000 });
    return {
      command: 'deskclaw chat hello',
      env,
      names: [/401|[Uu]nauthorized|authentication/, 'made-up-1'],
      exit: 7,
      limitMs: 150_000,
      withinMs: 20_000,
      repeatable: false,
      story: 'untouched',
      information: ['made/made-up-1'],
      isHealed: (in_, step) => chatsAgain(in_, env, step),
    };
  }),
];

/** Around OpenClaw: what only installs and chooses it runs with packages that pose as it, the rest with the real one. */
export const openClawScenarios: readonly Scenario[] = [...standIns, ...realOnes];
