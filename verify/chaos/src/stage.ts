import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { nodeClock } from '@deskclaw/core';
import { delay, nodeTcpPorts } from '@deskclaw/core/internal';
import type { Paths } from '@deskclaw/host';
import { isObject, parseJson } from '@deskclaw/protocol';
import type { Turn, UserCall } from './faults.ts';
import { faultFlags } from './gateway-command.ts';
import type { HostLine } from './host-line.ts';
import { Broken } from './invariants.ts';
import { describeFound, isAlive, processesOf } from './process-table.ts';
import type { SmallDisk } from './small-disk.ts';
import type { Trace } from './trace.ts';

/** A call waits for boots, graces and backoffs, but not longer than all of them together. */
const CALL_MS = 40_000;
/** Behaviour, section 6, 7: the longest backoff, a boot, one second; and what a loaded machine adds. */
const RECOVERY_MS = 45_000;
const RECORD_MS = 10_000;

export interface StageParts {
  readonly run: string;
  readonly port: number;
  readonly paths: Paths;
  /** `DESKCLAW_HOME` of the host, and the environment that names it. */
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  readonly faultsFile: string;
  readonly line: HostLine;
  readonly trace: Trace;
  readonly disk: SmallDisk | undefined;
}

/** Carries out actions and faults on one gateway and its host. */
export class Stage {
  readonly parts: StageParts;
  #over = false;

  constructor(parts: StageParts) {
    this.parts = parts;
  }

  /** Stops all further actions. */
  end(): void {
    this.#over = true;
  }

  async wait(ms: number): Promise<void> {
    await delay(nodeClock, ms);
    if (this.#over) throw new Error('the run is over');
  }

  /** The gateway of the moment, if one lives. */
  get gateway(): number | undefined {
    const pid = this.parts.line.status?.pid;
    return pid !== undefined && isAlive(pid) ? pid : undefined;
  }

  /** Returns whether a process received the signal. */
  signal(signal: NodeJS.Signals): number | undefined {
    const { gateway } = this;
    if (gateway === undefined) return undefined;
    this.parts.trace.note(`${signal} to gateway ${String(gateway)}`);
    try {
      process.kill(gateway, signal);
      return gateway;
    } catch {
      return undefined;
    }
  }

  /** Writes the faults that the next gateway process starts with. */
  prepare(...faults: readonly string[]): void {
    writeFileSync(this.parts.faultsFile, faultFlags(faults));
  }

  /** Makes a user's call and records its outcome. @returns whether the call had its effect */
  async call(call: UserCall): Promise<boolean> {
    const { line, trace } = this.parts;
    const { client } = line;
    if (client === undefined) return false;
    const [verb, flag] = call.split(' ');
    const params = flag === undefined ? undefined : { force: true };
    trace.note(`user: ${call}`);
    try {
      const options = { timeoutMs: CALL_MS };
      const { outcome, pid } =
        verb === 'start'
          ? await client.call('gateway.start', {}, options)
          : verb === 'stop'
            ? await client.call('gateway.stop', params, options)
            : await client.call('gateway.restart', params, options);
      trace.note(`user: ${call}: ${outcome} ${pid === undefined ? '' : String(pid)}`);
      return outcome !== 'superseded';
    } catch (error) {
      trace.note(`user: ${call}: ${error instanceof Error ? error.message : String(error)}`);
      return false;
    }
  }

  /** Makes the host connect to its gateway again. */
  async reconnect(): Promise<void> {
    const { line, trace } = this.parts;
    await line.client
      ?.call('gateway.reconnect', undefined, { timeoutMs: CALL_MS })
      .catch((error: unknown) => trace.note(`reconnect: ${error instanceof Error ? error.message : String(error)}`));
  }

  /** After a stop that was answered nothing of ours lives, and the port is free. @throws Broken */
  async verifyStopped(): Promise<void> {
    const left = processesOf(this.parts.run);
    if (left.length > 0) throw new Broken('orphans', `after a stop there lives ${describeFound(left)}`);
    if ((await nodeTcpPorts.check('127.0.0.1', this.parts.port)) === 'taken')
      throw new Broken('orphans', 'after a stop the port is taken');
  }

  async stop(): Promise<void> {
    if (await this.call('stop')) await this.verifyStopped();
  }

  /** Ends the current process, so that the next one starts. */
  async take(turn: Turn): Promise<void> {
    switch (turn) {
      case 'crash':
        this.signal('SIGKILL');
        return;
      case 'restart':
        await this.call('restart');
        return;
      case 'stop and start':
        await this.stop();
        await this.call('start');
        return;
      default:
        turn satisfies never;
    }
  }

  /**
   * Faults have ceased: it is running again, if need be because the user presses "start" after an error.
   * @throws Broken
   */
  async recover(): Promise<void> {
    const { line, faultsFile } = this.parts;
    rmSync(faultsFile, { force: true });
    const until = nodeClock.now() + RECOVERY_MS;
    while (!(await this.#isWell())) {
      const { status } = line;
      if (nodeClock.now() > until) throw new Broken('not recovered', `still ${JSON.stringify(status)}`);
      if (status?.state === 'error' || status?.state === 'stopped') await this.call('start');
      else await line.news(50);
      await this.wait(0);
    }
  }

  /**
   * Checks that the ownership record names the running gateway, so that the next host could adopt it. @throws Broken
   */
  async verifyRecord(): Promise<void> {
    const { paths } = this.parts;
    const until = nodeClock.now() + RECORD_MS;
    while (this.#recorded() !== this.gateway) {
      if (nodeClock.now() > until)
        throw new Broken(
          'gateways nobody would find again',
          `${paths.ownership} names ${String(this.#recorded())}, the gateway is ${String(this.gateway)}`,
        );
      await this.wait(50);
    }
  }

  async #isWell(): Promise<boolean> {
    const { line } = this.parts;
    const { client } = line;
    if (client === undefined || line.status?.state !== 'running' || this.gateway === undefined) return false;
    const { gateway } = this;
    const answer: unknown = await client
      .call('gateway.rpc', { method: 'system.health', params: { deep: true }, timeoutMs: 2_000 })
      .catch(() => undefined);
    return isObject(answer) && answer['pid'] === gateway;
  }

  #recorded(): unknown {
    try {
      const record = parseJson(readFileSync(this.parts.paths.ownership, 'utf8'));
      return isObject(record) && isObject(record['child']) ? record['child']['pid'] : undefined;
    } catch {
      return undefined;
    }
  }
}
