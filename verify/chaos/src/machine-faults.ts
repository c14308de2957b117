/** Faults of the machine around a host: its descriptors, its sockets, its state folder, its clock, and the other users. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, lstatSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ControlClient, nodeClock } from '@deskclaw/core';
import { connectHostChannel, resolvePaths, stopOrphan, stopUnreachableHost } from '@deskclaw/host';
import type { Fault, FaultKind } from './faults.ts';
import { hostProgramFile } from './host-line.ts';
import { Broken } from './invariants.ts';
import { isAlive } from './process-table.ts';
import { Program } from './program.ts';
import type { SmallDisk } from './small-disk.ts';
import type { Stage } from './stage.ts';

/** The user "nobody" of every Unix. */
export const OTHER_USER = 65_534;

/** A host opens removed sockets again as soon as it notices, and every command waits 3 s for it. */
const FOUND_WITHIN_MS = 10_000;
const COPY_CALL_MS = 20_000;

/** Faults that this machine cannot produce, each with the reason. */
export function unavailableFaults(disk: SmallDisk | string): ReadonlyMap<FaultKind, string> {
  const unavailable = new Map<FaultKind, string>();
  if (typeof disk === 'string') unavailable.set('disk full', `no small file system can be mounted: ${disk}`);
  if (process.getuid?.() !== 0)
    unavailable.set('port taken by another user', 'only root can start a process of another user');
  try {
    execFileSync('prlimit', ['--version'], { stdio: 'pipe' });
  } catch {
    unavailable.set('no descriptors', 'there is no prlimit program');
  }
  return unavailable;
}

/** Leaves a process no descriptor to open; those that are open stay so. @returns restores the limit. */
function exhaustDescriptors(pid: number): () => void {
  const [, soft = ''] = /^Max open files\s+(\d+)/m.exec(readFileSync(`/proc/${String(pid)}/limits`, 'utf8')) ?? [];
  const limit = (count: string) => execFileSync('prlimit', ['--pid', String(pid), `--nofile=${count}:`]);
  limit('3');
  return () => {
    if (isAlive(pid)) limit(soft);
  };
}

export async function runOutOfDescriptors(
  stage: Stage,
  { of, forMs, turn }: Extract<Fault, { readonly kind: 'no descriptors' }>,
): Promise<void> {
  const pid = of === 'host' ? stage.parts.line.pid : stage.gateway;
  if (pid === undefined) return;
  stage.parts.trace.note(`${of} ${String(pid)} has no descriptors`);
  const restore = exhaustDescriptors(pid);
  try {
    // The gateway needs a descriptor for a new connection, the host for the pipes of a new gateway.
    if (of === 'gateway') await stage.reconnect();
    else await stage.take(turn);
    await stage.wait(forMs);
  } finally {
    restore();
  }
}

/** Resolves when a new client reaches the very host that lives, and all its sockets are there again. @throws Broken */
export async function removeSockets(
  stage: Stage,
  { what }: Extract<Fault, { readonly kind: 'sockets removed' }>,
): Promise<void> {
  const { line, paths } = stage.parts;
  const { pid } = line;
  if (pid === undefined) return;
  rmSync(paths.stateSocket, { force: true });
  rmSync(what === 'folder' ? dirname(paths.socket) : paths.socket, { recursive: true, force: true });
  const until = nodeClock.now() + FOUND_WITHIN_MS;
  for (;;) {
    const found = await line.findHost().catch(() => undefined);
    if (found === pid && existsSync(paths.stateSocket) && existsSync(paths.socket)) return;
    if (found !== undefined && found !== pid)
      throw new Broken('hosts that cannot be found', `a new client found ${String(found)}, the host is ${String(pid)}`);
    if (nodeClock.now() > until)
      throw new Broken('hosts that cannot be found', `${what} removed, and no new client finds host ${String(pid)}`);
    await stage.wait(20);
  }
}

/** Sets the wall clock of the host. A gateway that ran before runs on. @throws Broken */
export async function setClock(
  stage: Stage,
  { byMs, forMs }: Extract<Fault, { readonly kind: 'clock set' }>,
): Promise<void> {
  await stage.recover();
  const before = stage.gateway;
  await stage.parts.line.setClock(byMs);
  await stage.wait(forMs);
  if (stage.gateway !== before)
    throw new Broken(
      'disturbed by what is not theirs',
      `a clock set by ${String(byMs)} ms replaced gateway ${String(before)} by ${String(stage.gateway)}`,
    );
}

/** Copies settings and state of a living host, and runs a host on the copy. The original lives on untouched. @throws Broken */
export async function copyState(stage: Stage): Promise<void> {
  const { line, env, home } = stage.parts;
  await stage.recover();
  const before = { host: line.pid, gateway: stage.gateway };
  const folder = mkdtempSync(join(dirname(home), 'copy-'));
  try {
    for (const part of ['config', 'state'])
      cpSync(join(home, part), join(folder, part), { recursive: true, filter: (path) => !lstatSync(path).isSocket() });
    await expectHarmless({ ...env, DESKCLAW_HOME: folder }, before.host, stage);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const after = { host: line.pid, gateway: stage.gateway };
  if (after.host !== before.host || after.gateway !== before.gateway)
    throw new Broken('disturbed by what is not theirs', `${JSON.stringify(before)} became ${JSON.stringify(after)}`);
}

/** What a user can do in the copy: look for its host, stop by force, start a host and a gateway. */
async function expectHarmless(env: NodeJS.ProcessEnv, original: number | undefined, stage: Stage): Promise<void> {
  const paths = resolvePaths({ name: 'chaos', env });
  const taken = (what: string) => new Broken('disturbed by what is not theirs', `in a copy of the state, ${what}`);
  const found = await connectHostChannel({ profile: 'chaos', env }).catch(() => undefined);
  found?.channel.close(1000, 'only looked');
  if (found !== undefined) throw taken(`a client reached host ${String(found.info.pid)}`);
  const ended = await stopUnreachableHost(paths, nodeClock, { force: true });
  if (ended !== undefined) throw taken(`a stop ended host ${String(ended)}`);
  const orphan = await stopOrphan(paths.ownership, nodeClock, { force: true });
  if (orphan !== undefined) throw taken(`a stop ended the orphan ${JSON.stringify(orphan)}`);

  const host = new Program([hostProgramFile], env);
  if (!(await host.says('ready'))) throw taken(`no host starts: ${host.complaint}`);
  const own = await connectHostChannel({ profile: 'chaos', env });
  if (own?.info.pid !== host.pid)
    throw taken(
      `a client reached ${String(own?.info.pid)}, not ${String(host.pid)} (the original is ${String(original)})`,
    );
  const client = new ControlClient(own.channel, { clock: nodeClock });
  const outcome = await client.call('gateway.start', {}, { timeoutMs: COPY_CALL_MS }).then(
    ({ pid }) => `pid ${String(pid)}`,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  stage.parts.trace.note(`a start in a copy of the state: ${outcome}`);
  const { pid } = await client.call('gateway.status');
  if (pid !== undefined) throw taken(`a start made gateway ${String(pid)} its own`);
  await client.call('gateway.stop', { force: true }, { timeoutMs: COPY_CALL_MS });
  await client.call('host.shutdown');
  const { code } = await host.ended;
  if (code !== 0) throw taken(`its host ended with ${String(code)}: ${host.complaint}`);
}
