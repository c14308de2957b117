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
  return found === 'attached' ? port : undefined;
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
  const { supervisor, ports, probe } = io;
  if (target.mode === 'attach') return { target, port: target.port, ownership: 'attached' };
  // Also one that is only coming up: what answers on its port meanwhile may be itself.
  const own = 'launch' in supervisor.state || supervisor.child !== undefined;
  const strangers = target.mode === 'auto' && !own && (await supervisor.findOwned()) === undefined;
  const elsewhere = strangers ? await holderPort(io, target, signal) : undefined;
  if (elsewhere !== undefined) return { target, port: elsewhere, ownership: 'attached' };
  if (target.port === 0) {
    const port = own && before !== undefined ? before.port : await ports.chooseFree(target.host);
    return { target, port, ownership: 'owned' };
  }
  return { target, port: target.port, ownership: strangers ? await probe(target, signal) : 'owned' };
}
