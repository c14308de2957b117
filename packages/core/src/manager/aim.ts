import type { Ports } from '../ports/spawner.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import type { AttachProbe } from './attach-probe.ts';
import type { GatewayTarget } from './gateway-target.ts';

/** What a generation aims at, as far as it is known. */
export interface Aim {
  readonly target: GatewayTarget;
  readonly port: number;
  readonly ownership: 'owned' | 'attached';
}

export interface AimPorts {
  readonly ports: Ports;
  readonly supervisor: Supervisor;
  readonly probe: AttachProbe;
}

/** Where a living gateway of somebody else's has what ours would need. One that does not answer is told of before the spawn. */
async function holderPort(io: AimPorts, target: GatewayTarget, signal: AbortSignal): Promise<number | undefined> {
  const port = (await target.holder?.())?.port;
  if (port === undefined) return undefined;
  const found = await io.probe({ ...target, port }, signal).catch(() => 'owned' as const);
  return found === 'attached' && !signal.aborted ? port : undefined;
}

/**
 * Whether somebody else's gateway is to be used, and where. A pause before a respawn may end meanwhile: what answers
 * from then on may be our own.
 */
async function strangersPort(io: AimPorts, target: GatewayTarget, signal: AbortSignal): Promise<number | undefined> {
  const launched = new AbortController();
  const either = AbortSignal.any([signal, launched.signal]);
  const off = io.supervisor.on('transition', ({ to }) => {
    if ('launch' in to) launched.abort();
  });
  try {
    if ((await io.supervisor.findOwned()) !== undefined) return undefined;
    const elsewhere = await holderPort(io, target, either);
    if (elsewhere !== undefined || target.port === 0) return elsewhere;
    const found = await io.probe(target, either);
    return found === 'attached' && !launched.signal.aborted ? target.port : undefined;
  } catch (error) {
    if (launched.signal.aborted) return undefined;
    throw error;
  } finally {
    off();
  }
}

/**
 * Whose gateway it is to be, and on which port. Once `signal` aborts nothing is looked at any more, and the answer means nothing.
 * @param before what was aimed at last
 */
export async function takeAim(
  io: AimPorts,
  target: GatewayTarget,
  before: Aim | undefined,
  signal: AbortSignal,
): Promise<Aim> {
  const { supervisor, ports } = io;
  if (target.mode === 'attach') return { target, port: target.port, ownership: 'attached' };
  // Also one that is only coming up: what answers on its port meanwhile may be itself.
  const own = () => 'launch' in supervisor.state || supervisor.child !== undefined;
  const attached = target.mode === 'auto' && !own() ? await strangersPort(io, target, signal) : undefined;
  if (attached !== undefined) return { target, port: attached, ownership: 'attached' };
  if (target.port > 0) return { target, port: target.port, ownership: 'owned' };
  const port = own() && before !== undefined ? before.port : await ports.chooseFree(target.host);
  return { target, port, ownership: 'owned' };
}
