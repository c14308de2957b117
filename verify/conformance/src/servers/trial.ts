import { access, constants, mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { GatewayManager } from '@deskclaw/core';
import type { OtherServer, ServerPlace } from './server-list.ts';

export const phases = ['start', 'call', 'notification', 'kill -9', 'restart', 'stop'] as const;
export type Phase = (typeof phases)[number];

/** What came of one phase: how long it took, that the server has nothing of the kind, or why it failed. */
export type PhaseResult =
  | { readonly kind: 'held'; readonly ms: number }
  | { readonly kind: 'none' }
  | { readonly kind: 'failed'; readonly why: string };

const EVENT_MS = 15_000;
const START_MS = 30_000;

/** Returns the path of a program of the system; `undefined` where the PATH has none. */
export async function findProgram(name: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    const file = join(folder, name);
    const found = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (folder !== '' && found) return file;
  }
  return undefined;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : undefined;
      server.close(() => (port === undefined ? reject(new Error('no port')) : resolve(port)));
    });
  });
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', () => resolve(true));
  });
}

function expect(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/** One server under supervision, from its start to its stop. */
export class Trial {
  readonly #server: OtherServer;
  readonly #place: ServerPlace;
  readonly #manager: GatewayManager;
  /** The last lines of its output, for a failure. */
  readonly #lines: string[] = [];

  private constructor(server: OtherServer, place: ServerPlace) {
    this.#server = server;
    this.#place = place;
    this.#manager = new GatewayManager({
      mode: 'supervise',
      command: server.command(place),
      cwd: place.folder,
      env: { HOME: place.folder, PATH: process.env['PATH'] ?? '' },
      port: 0,
      startup: { timeoutMs: START_MS },
      health: { http: false },
      ...server.options,
    });
    this.#manager.on('log', ({ source, text }) => {
      if (source === 'gateway') this.#lines.push(text);
      if (this.#lines.length > 5) this.#lines.shift();
    });
  }

  static async open(server: OtherServer, packages: string): Promise<Trial> {
    const folder = await mkdtemp(join(tmpdir(), 'deskclaw-server-'));
    return new Trial(server, { packages, folder, otherPort: await freePort() });
  }

  /** Runs one phase and measures it. Never rejects. */
  async run(phase: Phase): Promise<PhaseResult> {
    const began = performance.now();
    try {
      const held = await this.#phases[phase]();
      return held === 'none' ? { kind: 'none' } : { kind: 'held', ms: Math.round(performance.now() - began) };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { kind: 'failed', why: [why, ...this.#lines].join('\n  ') };
    }
  }

  async close(): Promise<void> {
    await this.#manager.stop({ force: true }).catch(() => undefined);
    await rm(this.#place.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  readonly #phases: Readonly<Record<Phase, () => Promise<'none' | undefined>>> = {
    start: async () => {
      await this.#manager.start();
      expect(this.#manager.getStatus().state === 'running', 'the state is not "running"');
      return undefined;
    },
    call: async () => {
      const { method, params, fits } = this.#server.call;
      const result: unknown = await this.#manager.rpc<string>(method, params);
      expect(fits(result), `${method} answered ${JSON.stringify(result)}`);
      return undefined;
    },
    notification: async () => {
      const { notification } = this.#server;
      if (notification === undefined) return 'none';
      const { event, provoke, isIt } = notification;
      const signal = AbortSignal.timeout(EVENT_MS);
      const heard = this.#next(event, isIt, signal);
      await provoke(this.#manager, this.#place);
      await heard;
      return undefined;
    },
    'kill -9': async () => {
      const { pid, restarts } = this.#manager.getStatus();
      expect(pid !== undefined, 'there is no process');
      process.kill(pid ?? 0, 'SIGKILL');
      const signal = AbortSignal.timeout(START_MS);
      for await (const status of this.#manager.events('status', { signal })) {
        if (status.state === 'running' && status.pid !== pid) break;
      }
      const now = this.#manager.getStatus();
      expect(now.pid !== pid && now.restarts === restarts + 1, `it did not come back: ${now.state}`);
      await this.#phases.call();
      return undefined;
    },
    restart: async () => {
      const { pid } = this.#manager.getStatus();
      await this.#manager.restart();
      expect(this.#manager.getStatus().pid !== pid, 'it is the same process');
      await this.#phases.call();
      return undefined;
    },
    stop: async () => {
      const { port } = this.#manager.getStatus();
      const { outcome, previousPid } = await this.#manager.stop();
      expect(outcome === 'applied' && previousPid !== undefined, `the outcome is ${outcome}`);
      expect(await isFree(port), `something still listens on port ${String(port)}`);
      return undefined;
    },
  };

  async #next(
    event: 'notification' | 'message',
    isIt: (frame: Readonly<Record<string, unknown>>) => boolean,
    signal: AbortSignal,
  ): Promise<void> {
    for await (const frame of this.#manager.events(event, { signal })) {
      if (typeof frame === 'object' && frame !== null && isIt({ ...frame })) return;
    }
    throw new Error(`no such ${event} came within ${String(EVENT_MS / 1_000)} s`);
  }
}

/** Draws one line per server and one column per phase, in Markdown. */
export function drawTrials(results: ReadonlyMap<string, ReadonlyMap<Phase, PhaseResult> | string>): string {
  const cell = (result: PhaseResult | undefined): string => {
    if (result === undefined) return ' ';
    if (result.kind === 'none') return '-';
    return result.kind === 'held' ? `${(result.ms / 1_000).toFixed(result.ms < 100 ? 3 : 1)} s` : 'FAILS';
  };
  const rows = [...results].map(([name, result]) =>
    typeof result === 'string'
      ? `| ${name} | not run: ${result} |${' |'.repeat(phases.length - 1)}`
      : `| ${name} | ${phases.map((phase) => cell(result.get(phase))).join(' | ')} |`,
  );
  return [`| server | ${phases.join(' | ')} |`, `|${' --- |'.repeat(phases.length + 1)}`, ...rows].join('\n');
}
