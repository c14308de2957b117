import type { PeerIdentity, PeerUser } from '../ports/peer-identity.ts';
import type { ProcessInfo, TcpPorts } from '../ports/spawner.ts';

/** TcpPorts over the listeners of the simulated machine. @param find a living process */
export function simulatedTcpPorts(
  listeners: ReadonlyMap<number, number>,
  find: (pid: number) => ProcessInfo | undefined,
): TcpPorts {
  const owner = (port: number) => {
    const pid = listeners.get(port);
    const info = pid === undefined ? undefined : find(pid);
    return info === undefined ? undefined : { pid: info.pid, name: info.name };
  };
  return {
    check: async (_host, port) => (listeners.has(port) ? 'taken' : 'free'),
    findFree: async () => {
      let port = 20_000;
      while (listeners.has(port)) port += 1;
      return port;
    },
    owner: async (port) => owner(port),
    listening: async (pid) =>
      [...listeners]
        .filter(([, owner]) => owner === pid)
        .map(([port]) => ({ address: '127.0.0.1', port }))
        .sort((a, b) => a.port - b.port),
  };
}

const ownUser = { id: '1000', role: 'own' } as const;

/** PeerIdentity of the simulated machine, where every process is ours unless `otherUsers` names its user. */
export function simulatedPeerIdentity(tcpPorts: TcpPorts, otherUsers: ReadonlyMap<number, string>): PeerIdentity {
  const userOf = (pid: number): PeerUser => {
    const id = otherUsers.get(pid);
    return id === undefined ? ownUser : { id, role: 'other' };
  };
  return {
    behindSocket: async ({ remotePort }) => {
      const owner = await tcpPorts.owner(remotePort);
      return {
        ...(owner === undefined ? {} : { user: userOf(owner.pid) }),
        findProcess: async () => owner,
      };
    },
    behindProcess: (pid) => [userOf(pid)],
  };
}
