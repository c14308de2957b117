import { fileURLToPath } from 'node:url';
import { ControlClient, type FrameChannel, nodeClock } from '@deskclaw/core';
import { connectHostChannel } from '@deskclaw/host';
import { type GatewayStatus, isObject, parseJson } from '@deskclaw/protocol';
import type { Ledger } from './ledger.ts';
import { Program } from './program.ts';
import type { Trace } from './trace.ts';

/** The program of every host of a run. */
export const hostProgramFile = fileURLToPath(new URL('host-program.ts', import.meta.url));

/** Lets nothing by unseen: what a host answers, and how often. */
function tapped(channel: FrameChannel, answered: (id: string) => void): FrameChannel {
  return {
    send: (text) => channel.send(text),
    onFrame: (listener) =>
      channel.onFrame((text) => {
        const frame = parseJson(text);
        if (isObject(frame) && 'id' in frame && !('method' in frame)) answered(String(frame['id']));
        listener(text);
      }),
    onClose: (listener) => channel.onClose(listener),
    close: (code, reason) => channel.close(code, reason),
    get bufferedAmount() {
      return channel.bufferedAmount;
    },
  };
}

/** The host of the moment, in a process of its own, and our connection to it. */
export class HostLine {
  readonly #env: NodeJS.ProcessEnv;
  readonly #ledger: Ledger;
  readonly #trace: Trace;
  #program: Program | undefined;
  #client: ControlClient | undefined;
  #connections = 0;
  #status: GatewayStatus | undefined;
  #changed: () => void = () => undefined;
  #pausedAt: number | undefined;
  #pausedMs = 0;
  #heldBack = 0;
  /** How far the wall clock of the host is ahead of the system's, ms. */
  #aheadMs = 0;
  /** Whether the host is expected to end. */
  #ending = false;
  /** How the host ended, if it ended unexpectedly. */
  died: string | undefined;

  constructor(env: NodeJS.ProcessEnv, ledger: Ledger, trace: Trace) {
    this.#env = env;
    this.#ledger = ledger;
    this.#trace = trace;
  }

  get client(): ControlClient | undefined {
    return this.#client;
  }

  /** Latest status that the host sent. */
  get status(): GatewayStatus | undefined {
    return this.#status;
  }

  /** How long the policy has let it pause before respawns, all in all, ms. */
  get pausedMs(): number {
    return this.#pausedMs + (this.#pausedAt === undefined ? 0 : nodeClock.now() - this.#pausedAt);
  }

  /** Number of times the crash policy delayed a respawn or gave up until a user request. */
  get heldBack(): number {
    return this.#heldBack;
  }

  get pid(): number | undefined {
    return this.#program?.pid;
  }

  /** @throws Error with its words where it does not come up. */
  async start(): Promise<void> {
    const program = new Program([hostProgramFile], this.#env);
    this.#program = program;
    this.#aheadMs = 0;
    this.#ending = false;
    this.#trace.note(`host ${String(program.pid)} starts`);
    void program.ended.then(({ code, signal }) => {
      if (!this.#ending) this.died = `code ${String(code)}, signal ${String(signal)}: ${program.complaint}`;
    });
    if (!(await program.says('ready'))) throw new Error(`the host did not come up: ${program.complaint}`);
    const found = await connectHostChannel({ profile: 'chaos', env: this.#env });
    if (found === undefined) throw new Error('the host is up, but its door is closed');
    this.#connections += 1;
    const connection = this.#connections;
    const client = new ControlClient(
      tapped(found.channel, (id) => this.#ledger.noteAnswer(connection, id)),
      { clock: nodeClock },
    );
    client.on('gateway.status', (status) => this.#take(status));
    await client.subscribe(['gateway.status']);
    const status = await client.call('gateway.status');
    // A status event that arrived meanwhile is newer than this answer.
    if (this.#status === undefined) this.#take(status);
    this.#client = client;
  }

  /** Looks for the host as a new client does. Resolves with its pid; `undefined`: none was found. */
  async findHost(): Promise<number | undefined> {
    const found = await connectHostChannel({ profile: 'chaos', env: this.#env });
    found?.channel.close(1000, 'only looked');
    return found?.info.pid;
  }

  /** Sets the wall clock of the host; resolves when it is set. The next host has the time of the system again. */
  async setClock(byMs: number): Promise<void> {
    this.#trace.note(`host ${String(this.pid)}: clock set by ${String(byMs)} ms`);
    this.#aheadMs += byMs;
    this.#program?.tell(`clock ${String(byMs)}`);
    await this.#program?.says(`clock ${String(this.#aheadMs)}\n`);
  }

  /** SIGKILL; resolves when it is gone. */
  async kill(): Promise<void> {
    this.#trace.note(`host ${String(this.pid)} is killed`);
    this.#leave();
    this.#program?.kill('SIGKILL');
    await this.#program?.ended;
  }

  /** @returns how it ended. */
  async shutDown(): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null } | undefined> {
    const client = this.#client;
    this.#leave();
    await client?.call('host.shutdown');
    return this.#program?.ended;
  }

  /** Resolves at the next news of a status, or after `limitMs`. */
  news(limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = nodeClock.schedule(limitMs, resolve, { keepAlive: true });
      this.#changed = () => {
        cancel();
        resolve();
      };
    });
  }

  #leave(): void {
    this.#ending = true;
    this.#client = undefined;
    this.#status = undefined;
    this.#notePause(false);
  }

  #notePause(pauses: boolean): void {
    const { pausedMs } = this;
    this.#pausedMs = pausedMs;
    this.#pausedAt = pauses ? nodeClock.now() : undefined;
  }

  #take(status: GatewayStatus): void {
    const { state, phase, pid, health, problem } = status;
    const before = this.#status;
    this.#status = status;
    this.#notePause(phase === 'backoff');
    if ((phase === 'backoff' || state === 'error') && before?.phase !== phase) this.#heldBack += 1;
    if (before?.state !== state || before.pid !== pid || before.health !== health) {
      const why = problem === undefined ? '' : ` ${problem.code}`;
      this.#trace.note(`    ${state} (${phase}) pid ${String(pid ?? '-')} ${health}${why}`);
    }
    this.#changed();
  }
}
