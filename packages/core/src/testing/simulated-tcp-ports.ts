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
    peerOf: async (port) => {
      const holder = owner(port);
      return holder === undefined ? undefined : { owner: holder };
    },
    listening: async (pid) =>
      [...listeners]
        .filter(([, owner]) => owner === pid)
        .map(([port]) => port)
        .sort((a, b) => a - b),
  };
}
