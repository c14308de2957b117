import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { letGo, watchOver } from './guard.ts';
import { cacheRoot } from './install.ts';
import { MODEL } from './model-server.ts';

export const TOKEN = 'conformance-token-0123456789';

/** A home, a state folder and a temporary folder of a gateway's own: nothing of the user's is read or written. */
export interface Workplace {
  readonly root: string;
  readonly stateDir: string;
  readonly configPath: string;
  readonly logFile: string;
  /** The whole environment of a program that runs here. */
  readonly env: Readonly<Record<string, string>>;
  log(): Promise<string>;
  remove(): Promise<void>;
}

/** Accepted unchanged by all three generations. */
export function configFor(workplace: Pick<Workplace, 'root' | 'logFile'>, modelUrl: string): object {
  const model = {
    id: MODEL,
    name: 'Echo',
    reasoning: false,
    input: ['text'],
    cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
    // With 32000, OpenClaw 2026.2 and 2026.5 insert runs of their own between the user's.
    contextWindow: 200_000,
    maxTokens: 4_096,
  };
  return {
    gateway: { mode: 'local', bind: 'loopback', auth: { mode: 'token', token: TOKEN }, controlUi: { enabled: true } },
    agents: {
      defaults: {
        workspace: join(workplace.root, 'workspace'),
        skipBootstrap: true,
        model: { primary: `echo/${MODEL}` },
      },
    },
    models: {
      mode: 'replace',
      providers: { echo: { baseUrl: modelUrl, apiKey: 'none', api: 'openai-completions', models: [model] } },
    },
    discovery: { mdns: { mode: 'off' } },
    logging: { file: workplace.logFile, level: 'info' },
    update: { checkOnStart: false },
  };
}

/** @param config `undefined`: there is none. A text is written as it is. */
export async function makeWorkplace(
  config: undefined | string | ((workplace: Pick<Workplace, 'root' | 'logFile'>) => object),
): Promise<Workplace> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'deskclaw-conformance-')));
  watchOver(root);
  const stateDir = join(root, 'state');
  const logFile = join(root, 'gateway.log');
  const configPath = join(stateDir, 'openclaw.json');
  for (const name of ['home', 'state', 'tmp', 'workspace']) await mkdir(join(root, name), { mode: 0o700 });
  // Compiled code is the same for every place. Not by NODE_COMPILE_CACHE: with that set, 2026.9.6 runs itself again as a child.
  const compiled = join(cacheRoot(process.env), 'compiled');
  await mkdir(compiled, { recursive: true });
  await symlink(compiled, join(root, 'tmp', 'node-compile-cache'));
  if (config !== undefined) {
    await writeFile(configPath, typeof config === 'string' ? config : JSON.stringify(config({ root, logFile })));
  }
  return {
    root,
    stateDir,
    configPath,
    logFile,
    // Made from nothing: under a test runner's variables OpenClaw takes no locks at all.
    env: {
      PATH: [dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(':'),
      HOME: join(root, 'home'),
      TMPDIR: join(root, 'tmp'),
      LANG: 'C.UTF-8',
      OPENCLAW_STATE_DIR: stateDir,
    },
    log: () => readFile(logFile, 'utf8').catch(() => ''),
    async remove() {
      await rm(root, { recursive: true, force: true, maxRetries: 5 });
      letGo(root);
    },
  };
}
