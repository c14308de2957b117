import { setTimeout as sleep } from 'node:timers/promises';
import { greet } from './handshake.ts';
import {
  findStateHolder,
  nodeClock,
  nodeFiles,
  nodeProcessTable,
  nodeSpawner,
  nodeTcpPorts,
  type OpenClawPlan,
  type ProcessIdentity,
  prepareOpenClaw,
  spawnedNodeVersion,
} from './ours.ts';
import { at, type Closing } from './wire.ts';
import type { Workplace } from './workplace.ts';

export interface ExitFacts {
  readonly code: number | null;
  readonly signal: string | null;
  /** From the spawn, ms. */
  readonly afterMs: number;
}

/** How a start went, as a client that tries again and again sees it. */
export interface Boot {
  readonly helloMs: number;
  readonly listeningMs: number;
  /** Tries that were put off. */
  readonly postponed: readonly { readonly error: unknown; readonly closing: Closing }[];
}

const BOOT_LIMIT_MS = 180_000;
const TRY_EVERY_MS = 50;

export class Gateway {
  readonly port: number;
  readonly plan: OpenClawPlan;
  readonly workplace: Workplace;
  readonly child: ProcessIdentity;
  readonly exit: Promise<ExitFacts>;
  readonly #output: () => string;
  readonly #startedAt: number;
  #ended: ExitFacts | undefined;

  constructor(parts: {
    port: number;
    plan: OpenClawPlan;
    workplace: Workplace;
    child: ProcessIdentity;
    startedAt: number;
    exit: Promise<ExitFacts>;
    output: () => string;
  }) {
    this.port = parts.port;
    this.plan = parts.plan;
    this.workplace = parts.workplace;
    this.child = parts.child;
    this.exit = parts.exit;
    this.#output = parts.output;
    this.#startedAt = parts.startedAt;
    void this.exit.then((exit) => {
      this.#ended = exit;
    });
  }

  get pid(): number {
    return this.child.pid;
  }
  get ended(): ExitFacts | undefined {
    return this.#ended;
  }
  /** The last lines of both streams. */
  lines(count = 40): readonly string[] {
    return this.#output()
      .split('\n')
      .filter((line) => line !== '')
      .slice(-count);
  }

  /** Tries to log in until it works. */
  async ready(): Promise<Boot> {
    const postponed: { error: unknown; closing: Closing }[] = [];
    let listeningMs: number | undefined;
    const elapsed = (): number => Math.round(performance.now() - this.#startedAt);
    while (elapsed() < BOOT_LIMIT_MS) {
      if (this.#ended !== undefined) throw new Error(`it ended while starting: ${this.lines().join('\n')}`);
      const greeting = await greet(this.port).catch(() => undefined);
      if (greeting !== undefined) listeningMs ??= elapsed();
      if (greeting?.kind === 'hello') {
        greeting.wire.close();
        return { helloMs: elapsed(), listeningMs: listeningMs ?? elapsed(), postponed };
      }
      if (greeting?.kind === 'refused') postponed.push({ error: greeting.error, closing: greeting.closing });
      await sleep(TRY_EVERY_MS);
    }
    throw new Error(`not ready within ${String(BOOT_LIMIT_MS)} ms: ${this.lines().join('\n')}`);
  }

  signal(name: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): void {
    nodeProcessTable.signal(this.child, name);
  }

  /** The exit, or `undefined` if it still runs then. */
  exitWithin(ms: number): Promise<ExitFacts | undefined> {
    return Promise.race([this.exit, sleep(ms, undefined, { ref: false })]);
  }

  /** Living processes of the gateway's tree. */
  family(): readonly string[] {
    return nodeProcessTable.tree({ leader: this.child }).map((info) => `${info.name} (pid ${String(info.pid)})`);
  }

  /** SIGKILL to the whole group; resolves when the process and its port are gone. */
  async kill(): Promise<void> {
    nodeProcessTable.killGroup(this.child);
    await this.exit;
    while ((await nodeTcpPorts.check('127.0.0.1', this.port)) !== 'free') await sleep(20);
  }

  stateHolder() {
    const { stateDir, configPath } = this.plan;
    return stateHolder({ stateDir, configPath }, this.workplace);
  }
}

function stateHolder(place: { stateDir: string; configPath: string }, workplace: Workplace) {
  const uid = process.getuid?.();
  return findStateHolder(
    {
      ...place,
      platform: process.platform,
      temporary: workplace.env['TMPDIR'] ?? '/tmp',
      ...(uid === undefined ? {} : { uid }),
    },
    { files: nodeFiles, processes: nodeProcessTable, tcpPorts: nodeTcpPorts },
  );
}

export interface PlanOptions {
  /** Whether its channels are started; they talk to the world. Default: not. */
  readonly channels?: boolean;
}

/** Returns the plan by which DeskClaw would start the OpenClaw in this folder. */
export async function planFor(
  installed: string,
  workplace: Workplace,
  options: PlanOptions = {},
): Promise<OpenClawPlan> {
  const nodeVersion = spawnedNodeVersion(workplace.env, {
    spawner: nodeSpawner,
    processes: nodeProcessTable,
    clock: nodeClock,
  });
  const prepared = await prepareOpenClaw(
    {
      platform: process.platform,
      env: workplace.env,
      home: workplace.env['HOME'] ?? '/',
      openclaw: installed,
      self: { file: process.execPath, version: process.versions.node },
      skipChannels: options.channels !== true,
    },
    {
      files: nodeFiles,
      nodeVersion,
      ownToken: () => ({ value: 'made-for-this-run-0123456789', source: 'this run' }),
      now: () => Date.now(),
    },
  );
  if (!prepared.ok) throw new Error(`${prepared.problem.code}: ${prepared.problem.detail}`);
  return prepared.plan;
}

export interface StartOptions {
  readonly plan: OpenClawPlan;
  readonly workplace: Workplace;
  /** Default: a free port. */
  readonly port?: number;
}

const MAX_OUTPUT_LENGTH = 256 * 1024;

/** Runs the plan as the supervisor would: a group of its own, nothing inherited, no shell. */
export async function startGateway({ plan, workplace, port: asked }: StartOptions): Promise<Gateway> {
  const port = asked ?? (await nodeTcpPorts.findFree('127.0.0.1'));
  const [file, ...args] = plan.command.map((word) => word.replace('{port}', String(port)));
  if (file === undefined) throw new Error('an empty command');
  const startedAt = performance.now();
  let output = '';
  const exit = Promise.withResolvers<ExitFacts>();
  const spawned = Promise.withResolvers<number>();
  nodeSpawner.spawn(
    { file, args, cwd: workplace.root, env: { ...workplace.env, ...plan.env }, lifeline: false },
    {
      spawned: (pid) => spawned.resolve(pid),
      failed: ({ code, message }) => spawned.reject(new Error(`${code}: ${message}`)),
      output: (_stream, chunk) => {
        output = (output + new TextDecoder().decode(chunk)).slice(-MAX_OUTPUT_LENGTH);
      },
      exited: (code, signal) => exit.resolve({ code, signal, afterMs: Math.round(performance.now() - startedAt) }),
      drained: () => undefined,
    },
  );
  const pid = await spawned.promise;
  const child = nodeProcessTable.find(pid) ?? { pid, startMark: '' };
  return new Gateway({ port, plan, workplace, child, startedAt, exit: exit.promise, output: () => output });
}

/** Runs the plan until the process exits; for starts that must fail. */
export async function runToExit(
  options: StartOptions,
  limitMs = 150_000,
): Promise<ExitFacts & { lines: readonly string[] }> {
  const gateway = await startGateway(options);
  const exit = await gateway.exitWithin(limitMs);
  if (exit === undefined) await gateway.kill();
  const lines = gateway.lines();
  if (exit === undefined) throw new Error(`it still ran after ${String(limitMs)} ms: ${lines.join('\n')}`);
  return { ...exit, lines };
}

export function reasonOf(error: unknown): unknown {
  return at(error, 'details', 'reason');
}
