import { GatewayError } from '@deskclaw/core';
import type { NodeRuntime } from '@deskclaw/openclaw';
import { describeProblem } from '@deskclaw/protocol';
import type { FetchPorts } from './fetch.ts';
import { abortedError } from './install-problems.ts';
import type { Machine } from './layout.ts';
import { type InstallLayout, nodePackage } from './layout.ts';
import { isTrustedAddress } from './lockfile.ts';
import { findNpm, type Npm, npmEnvironment, runNpm } from './npm.ts';
import { type PublishedVersion, type RegistryAnswer, readPublished, readVersions } from './npm-view.ts';
import { isExactVersion } from './versions.ts';

const REQUEST_TIMEOUT_MS = 120_000;

/** Queries the registry that npm is configured with, through npm. */
export class RegistryClient {
  readonly #layout: InstallLayout;
  readonly #machine: Machine;
  readonly #signal: AbortSignal | undefined;
  readonly #ports: FetchPorts;

  constructor(layout: InstallLayout, machine: Machine, signal: AbortSignal | undefined, ports: FetchPorts) {
    this.#layout = layout;
    this.#machine = machine;
    this.#signal = signal;
    this.#ports = ports;
  }

  /** @throws GatewayError `runtime.npm-missing` */
  async npm(fitting?: NodeRuntime): Promise<Npm> {
    const { self } = this.#machine;
    const nodeVersions = { ...(fitting && { fitting: fitting.file }), ...(self && { self: self.file }) };
    const found = await findNpm(nodeVersions, this.#machine, this.#ports.files);
    if (found.kind === 'found') return found.npm;
    throw new GatewayError(describeProblem('runtime.npm-missing', { searched: found.searched }, this.#now()));
  }

  /**
   * Resolves a version or tag to an exact published version.
   * @throws GatewayError `openclaw.version-unknown`, `openclaw.install-failed`, `runtime.npm-missing`, `aborted`
   */
  async published(version: string): Promise<PublishedVersion> {
    const unknown = (reason: string): GatewayError =>
      new GatewayError(describeProblem('openclaw.version-unknown', { version, reason }, this.#now()));
    await this.#checkAddress(version);
    const fields = ['name', 'version', 'engines', 'dist.integrity'];
    const answer = await this.#view([`openclaw@${version}`, ...fields], readPublished);
    if (answer.kind === 'unknown') throw unknown(answer.reason);
    if (answer.kind === 'failed') throw this.#failure(version, 'asking the registry', answer);
    if (isExactVersion(version) && answer.value.version !== version) {
      throw unknown(`npm found ${answer.value.version} instead.`);
    }
    return answer.value;
  }

  /** Returns every published Node version for this platform; none if there is no such package. */
  async nodeVersions(forOpenClaw: string): Promise<readonly string[]> {
    const name = nodePackage(this.#machine.platform, this.#machine.arch);
    const answer = await this.#view([name, 'versions'], readVersions);
    if (answer.kind === 'failed') throw this.#failure(forOpenClaw, 'asking the registry for a Node', answer);
    return answer.kind === 'answered' ? answer.value : [];
  }

  /** Nothing that a registry says without encryption can be believed, unless it is on this machine. */
  async #checkAddress(version: string): Promise<void> {
    const run = await this.#run(['config', 'get', 'registry']);
    const address = run.kind === 'ended' && run.code === 0 ? run.stdout.trim() : '';
    if (address === '' || isTrustedAddress(address)) return;
    const reason = `the registry ${address} is neither https nor on this machine.`;
    throw this.#failure(version, 'asking the registry', { kind: 'failed', reason, lines: [] });
  }

  async #view<T>(args: readonly string[], read: (run: Parameters<typeof readPublished>[0]) => RegistryAnswer<T>) {
    return read(await this.#run(['view', ...args, '--json']));
  }

  async #run(args: readonly string[]) {
    const npm = await this.npm();
    const cwd = this.#layout.drafts;
    const env = npmEnvironment(this.#machine.env, npm, cwd, this.#machine.platform);
    const call = {
      npm,
      args,
      cwd,
      env,
      timeoutMs: REQUEST_TIMEOUT_MS,
      signal: this.#signal,
    };
    const run = await runNpm(call, this.#ports);
    if (run.kind === 'aborted') throw abortedError(this.#now());
    return run;
  }

  #failure(version: string, step: string, answer: Extract<RegistryAnswer<unknown>, { kind: 'failed' }>): GatewayError {
    const facts = { version, step, reason: answer.reason, lastLines: answer.lines };
    return new GatewayError(describeProblem('openclaw.install-failed', facts, this.#now()));
  }

  #now(): number {
    return this.#ports.clock.wallTime();
  }
}
