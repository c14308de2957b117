import type { Ports, ProcessInfo } from '../ports/spawner.ts';

/** Who listens where, as a program asks for it. @param find a living process */
export function simulatedPorts(
  listeners: ReadonlyMap<number, number>,
  find: (pid: number) => ProcessInfo | undefined,
): Ports {
  const owner = (port: number) => {
    const pid = listeners.get(port);
    const info = pid === undefined ? undefined : find(pid);
    return info === undefined ? undefined : { pid: info.pid, name: info.name };
  };
  return {
    check: async (_host, port) => (listeners.has(port) ? 'taken' : 'free'),
    chooseFree: async () => {
      let port = 20_000;
      while (listeners.has(port)) port += 1;
      return port;
    },
    owner: async (port) => owner(port),
    otherEnd: async (port) => {
      const holder = owner(port);
      return holder === undefined ? undefined : { holder };
    },
    listening: async (pid) =>
      [...listeners]
        .filter(([, owner]) => owner === pid)
        .map(([port]) => port)
        .sort((a, b) => a - b),
  };
}
