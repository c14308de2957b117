import { nodeClock } from '@deskclaw/core';
import type { Fault, Turn } from './faults.ts';
import { Broken } from './invariants.ts';
import { copyState, OTHER_USER, removeSockets, runOutOfDescriptors, setClock } from './machine-faults.ts';
import { isAlive } from './process-table.ts';
import type { Stage } from './stage.ts';
import { sendThief } from './strangers.ts';

/** Start of the recovery, and the part of it that the fault made the gateway itself need. */
export interface Injected {
  readonly from: number;
  readonly bootMs?: number;
  /** The fault needs no new gateway, so no boot is taken off its recovery. */
  readonly keepsGateway?: true;
  /** After a host's death, where its gateway lived on: whether the next host took it over. */
  readonly adopted?: boolean;
}

/** A host looks for what another left as soon as it is up. */
const ADOPTS_WITHIN_MS = 3_000;

function now(): Injected {
  return { from: nodeClock.now() };
}

/** A process that is bad while it lives, and then ends. */
async function livesBadly(stage: Stage, flags: readonly string[], forMs: number, turn: Turn): Promise<Injected> {
  stage.prepare(...flags);
  await stage.call('restart');
  await stage.wait(forMs);
  const injected = now();
  await stage.take(turn);
  return injected;
}

async function robPort(stage: Stage, forMs: number, whileStopped: boolean, user?: number): Promise<Injected> {
  const { port, trace } = stage.parts;
  if (whileStopped) await stage.stop();
  const thief = await sendThief(port, user);
  if (whileStopped) {
    await thief.holding;
    await stage.call('start');
    const code = stage.parts.line.status?.problem?.code;
    if (code !== 'port.in-use') trace.note(`with a stranger on the port the problem is ${String(code)}`);
  } else {
    stage.signal('SIGKILL');
  }
  await stage.wait(forMs);
  const { signals, heardBytes } = await thief.release();
  if (user !== undefined && heardBytes > 0)
    throw new Broken('bytes sent to another user', `the thief of user ${String(user)} got ${String(heardBytes)} bytes`);
  if (signals.length > 0)
    throw new Broken('foreign processes signalled', `the thief (pid ${String(thief.pid)}) got ${signals.join(', ')}`);
  return now();
}

async function fillDisk(stage: Stage, forMs: number, turn: Turn): Promise<Injected> {
  const { disk } = stage.parts;
  if (disk === undefined) return now();
  disk.fill();
  try {
    await stage.take(turn);
    await stage.wait(forMs);
  } finally {
    disk.free();
  }
  return now();
}

async function killHost(stage: Stage, goneForMs: number, gatewayToo: boolean): Promise<Injected> {
  const { line } = stage.parts;
  const { gateway } = stage;
  await line.kill();
  if (gatewayToo && gateway !== undefined) process.kill(gateway, 'SIGKILL');
  await stage.wait(goneForMs);
  const injected = now();
  await line.start();
  if (gatewayToo || gateway === undefined || !isAlive(gateway)) return injected;
  const until = nodeClock.now() + ADOPTS_WITHIN_MS;
  while (stage.gateway === undefined && nodeClock.now() < until) await line.news(50);
  return { ...injected, adopted: stage.gateway === gateway };
}

async function callAtOnce(
  stage: Stage,
  calls: Extract<Fault, { readonly kind: 'user calls' }>['calls'],
): Promise<Injected> {
  const answers: Promise<boolean>[] = [];
  for (const { call, afterMs } of calls) {
    if (afterMs > 0) await stage.wait(afterMs);
    answers.push(stage.call(call));
  }
  const done = await Promise.all(answers);
  const injected = now();
  if (calls.at(-1)?.call.startsWith('stop') === true && done.at(-1) === true) await stage.verifyStopped();
  return injected;
}

/** Injects one fault. Resolves when the fault has ceased. */
export async function inject(fault: Fault, stage: Stage): Promise<Injected> {
  switch (fault.kind) {
    case 'gateway killed':
      stage.signal('SIGKILL');
      return now();
    case 'frozen briefly': {
      const frozen = stage.signal('SIGSTOP');
      await stage.wait(fault.forMs);
      if (frozen !== undefined && frozen === stage.gateway) stage.signal('SIGCONT');
      return now();
    }
    case 'frozen for ever':
      stage.signal('SIGSTOP');
      return now();
    case 'port taken while stopped':
      return robPort(stage, fault.forMs, true);
    case 'port raced for':
      return robPort(stage, fault.forMs, false);
    case 'ends at boot':
      stage.prepare(`exit=${String(fault.code)}`);
      await stage.take(fault.turn);
      return now();
    case 'boots slowly': {
      stage.prepare(`slow-boot=${String(fault.forMs)}`);
      const { from } = now();
      await stage.take(fault.turn);
      return { from, bootMs: fault.forMs };
    }
    case 'never ready':
      stage.prepare('never-ready');
      await stage.take(fault.turn);
      return now();
    case 'leaves grandchildren':
      return livesBadly(stage, ['grandchild'], fault.forMs, fault.turn);
    case 'ignores SIGTERM':
      return livesBadly(stage, ['ignore-sigterm', 'grandchild'], fault.forMs, 'stop and start');
    case 'sends garbage':
      return livesBadly(stage, ['garbage-frames'], fault.forMs, fault.turn);
    case 'flaps':
      return livesBadly(stage, [`flap=${String(fault.everyMs)}`], fault.forMs, fault.turn);
    case 'drops replies':
      return livesBadly(stage, [`drop-replies=every=${String(fault.every)}`], fault.forMs, fault.turn);
    case 'restarts in place':
      return livesBadly(stage, [`restart-in-process=${String(fault.afterMs)}`], fault.forMs, 'crash');
    case 'floods its output':
      return livesBadly(stage, [`stdout-flood=${String(fault.bytes)}:no-newlines`], fault.forMs, fault.turn);
    case 'disk full':
      return fillDisk(stage, fault.forMs, fault.turn);
    case 'host killed':
      return killHost(stage, fault.goneForMs, false);
    case 'host and gateway killed':
      return killHost(stage, fault.goneForMs, true);
    case 'no descriptors':
      await runOutOfDescriptors(stage, fault);
      return now();
    case 'sockets removed': {
      const injected = now();
      await removeSockets(stage, fault);
      return { ...injected, keepsGateway: true };
    }
    case 'state copied':
      await copyState(stage);
      return { ...now(), keepsGateway: true };
    case 'clock set':
      await setClock(stage, fault);
      return { ...now(), keepsGateway: true };
    case 'port taken by another user':
      return robPort(stage, fault.forMs, fault.whileStopped, OTHER_USER);
    case 'user calls':
      return callAtOnce(stage, fault.calls);
    default:
      return fault satisfies never;
  }
}
