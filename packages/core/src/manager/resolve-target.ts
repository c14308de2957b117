import type { TcpPorts } from '../ports/spawner.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import type { AttachProbe } from './attach-probe.ts';
import type { GatewayTarget } from './gateway-target.ts';

/** The target of a generation, with the port and ownership that were found out for it. */
export interface ResolvedTarget {
  readonly target: GatewayTarget;
  readonly port: number;
  readonly ownership: 'owned' | 'attached';
}

export interface ResolveTargetDeps {
  readonly ports: TcpPorts;
  readonly supervisor: Supervisor;
  readonly probe: AttachProbe;
}

/**
 * Returns the port of another gateway that owns the state directory and answers. One that does not answer is reported before the
 * spawn.
 */
async function stateDirOwnerPort(
  deps: ResolveTargetDeps,
  target: GatewayTarget,
  signal: AbortSignal,
): Promise<number | undefined> {
  const port = (await target.findStateDirOwner?.())?.port;
  if (port === undefined) return undefined;
  const found = await deps.probe({ ...target, port }, signal).catch(() => 'owned' as const);
  return found === 'attached' && !signal.aborted ? port : undefined;
}

/**
 * Returns the port of a gateway to attach to, if there is one. A backoff may end meanwhile: what answers from then on may be our
 * own process.
 */
async function attachablePort(
  deps: ResolveTargetDeps,
  target: GatewayTarget,
  signal: AbortSignal,
): Promise<number | undefined> {
  const launchBegan = new AbortController();
  const either = AbortSignal.any([signal, launchBegan.signal]);
  const off = deps.supervisor.on('transition', ({ to }) => {
    if ('launch' in to) launchBegan.abort();
  });
  try {
    if ((await deps.supervisor.findOwned()) !== undefined) return undefined;
    const elsewhere = await stateDirOwnerPort(deps, target, either);
    if (elsewhere !== undefined || target.port === 0) return elsewhere;
    const found = await deps.probe(target, either);
    return found === 'attached' && !launchBegan.signal.aborted ? target.port : undefined;
  } catch (error) {
    if (launchBegan.signal.aborted) return undefined;
    throw error;
  } finally {
    off();
  }
}

/**
 * Resolves whether to attach or to spawn, and the port. Once `signal` aborts, probing stops and the answer is meaningless.
 * @param previous the resolved target of the last start
 */
export async function resolveTarget(
  deps: ResolveTargetDeps,
  target: GatewayTarget,
  previous: ResolvedTarget | undefined,
  signal: AbortSignal,
): Promise<ResolvedTarget> {
  const { supervisor, ports } = deps;
  if (target.mode === 'attach') return { target, port: target.port, ownership: 'attached' };
  // A process that is still starting counts too: what answers on its port may be that process.
  const isOurs = () => 'launch' in supervisor.state || supervisor.child !== undefined;
  const attached = target.mode === 'auto' && !isOurs() ? await attachablePort(deps, target, signal) : undefined;
  if (attached !== undefined) return { target, port: attached, ownership: 'attached' };
  if (target.port > 0) return { target, port: target.port, ownership: 'owned' };
  const port = isOurs() && previous !== undefined ? previous.port : await ports.findFree(target.host);
  return { target, port, ownership: 'owned' };
}
