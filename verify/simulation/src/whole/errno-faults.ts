import type { ManagerPorts } from '@deskclaw/core/internal';

/** What the system refuses with, whatever the call. */
export const errnos = [
  'EMFILE',
  'ENFILE',
  'ENOSPC',
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOTSUP',
  'ENOENT',
  'EAGAIN',
] as const;
export type Errno = (typeof errnos)[number];

/** Every place where the manager makes a call of the system that may fail, named for its port and the call. */
export const callSites = [
  'spawn',
  'bind to check the port',
  'bind to find a port',
  'open to read the record',
  'mkdir to save the record',
  'open to save the record',
  'rename to save the record',
  'rename to clear the record',
  'open to read the boot times',
  'mkdir to save the boot times',
  'open to save the boot times',
  'rename to save the boot times',
  'open to find a process',
  'open to list processes',
  'open to read a command line',
  'open to read an environment',
  'open to read the users of a process',
  'open to count kills for memory',
  'open to find who listens',
  'open to list listeners',
  'open to identify a peer',
  'open a socket',
  'open a socket for health',
] as const;
export type CallSite = (typeof callSites)[number];

class SystemError extends Error {
  readonly code: Errno;

  constructor(code: Errno, site: CallSite) {
    super(`${code}: injected, ${site}`);
    this.code = code;
  }
}

/** Codes that say nothing of the port; see `nodeTcpPorts`. */
const shortages: ReadonlySet<Errno> = new Set(['EMFILE', 'ENFILE', 'EAGAIN']);
/** What the process table of Linux takes for a process that has ended, or belongs to another user. */
const noProcess: ReadonlySet<Errno> = new Set(['ENOENT', 'EACCES', 'EPERM']);

interface ActiveFault {
  readonly code: Errno;
  left: number;
}

/** Makes calls of the system fail: the next `times` calls of a site with one code. */
export class ErrnoFaults {
  readonly #active = new Map<CallSite, ActiveFault>();
  readonly #count: (site: CallSite, code: Errno) => void;
  /** How often a call was made to fail. */
  injected = 0;

  /** @param count counts each call that was made to fail */
  constructor(count: (site: CallSite, code: Errno) => void) {
    this.#count = count;
  }

  begin(site: CallSite, code: Errno, times = Number.POSITIVE_INFINITY): void {
    this.#active.set(site, { code, left: times });
  }

  end(): void {
    this.#active.clear();
  }

  /** Returns the error of the next call at this site; `undefined`: it succeeds. */
  next(site: CallSite): SystemError | undefined {
    const fault = this.#active.get(site);
    if (fault === undefined) return undefined;
    fault.left -= 1;
    if (fault.left <= 0) this.#active.delete(site);
    this.injected += 1;
    this.#count(site, fault.code);
    return new SystemError(fault.code, site);
  }

  /** @throws the error of the next call at one of these sites, if it fails */
  #call(...sites: readonly CallSite[]): void {
    for (const site of sites) {
      const error = this.next(site);
      if (error !== undefined) throw error;
    }
  }

  /** Returns the ports with their calls made to fail as the real ones fail. */
  wrap(ports: ManagerPorts): ManagerPorts {
    return {
      ...ports,
      ...this.#wrapProcesses(ports),
      ...this.#wrapNetwork(ports),
      ...(ports.records === undefined ? {} : { records: this.#wrapRecords(ports.records) }),
      ...(ports.bootTimes === undefined ? {} : { bootTimes: this.#wrapBootTimes(ports.bootTimes) }),
    };
  }

  #wrapProcesses({ spawner, processes, clock }: ManagerPorts): Pick<ManagerPorts, 'spawner' | 'processes'> {
    /** A process that is there is not hidden from its own user: these codes come for others only. */
    const open = (site: CallSite): void => {
      const error = this.next(site);
      if (error !== undefined && !noProcess.has(error.code)) throw error;
    };
    /** Whether the system tells nothing. @throws where it has no room for the call */
    const fails = (site: CallSite): boolean => {
      const error = this.next(site);
      if (error !== undefined && !noProcess.has(error.code)) throw error;
      return error !== undefined;
    };
    return {
      spawner: {
        ...spawner,
        spawn: (request, handlers) => {
          const error = this.next('spawn');
          if (error === undefined) return spawner.spawn(request, handlers);
          clock.schedule(0, () => handlers.failed({ code: error.code, message: error.message }));
          return { pid: undefined, releaseLifeline: () => undefined, abandonOutput: () => undefined };
        },
      },
      processes: {
        ...processes,
        find: (pid) => {
          open('open to find a process');
          return processes.find(pid);
        },
        tree: (root) => {
          open('open to list processes');
          return processes.tree(root);
        },
        commandLine: (pid) => (fails('open to read a command line') ? undefined : processes.commandLine(pid)),
        checkMarker: (pid, marker) =>
          fails('open to read an environment') ? 'untold' : processes.checkMarker(pid, marker),
        outOfMemoryKills: () => (fails('open to count kills for memory') ? undefined : processes.outOfMemoryKills()),
      },
    };
  }

  #wrapNetwork({
    tcpPorts,
    peerIdentity,
    sockets,
    http,
    clock,
  }: ManagerPorts): Pick<ManagerPorts, 'tcpPorts' | 'peerIdentity' | 'sockets' | 'http'> {
    return {
      // Neither rejects: what cannot be read is not told.
      peerIdentity: {
        behindSocket: async (ends) =>
          this.next('open to identify a peer') === undefined
            ? peerIdentity.behindSocket(ends)
            : { findProcess: async () => undefined },
        behindProcess: (pid) =>
          this.next('open to read the users of a process') === undefined ? peerIdentity.behindProcess(pid) : [],
      },
      tcpPorts: {
        ...tcpPorts,
        check: async (host, port) => {
          const error = this.next('bind to check the port');
          if (error === undefined) return tcpPorts.check(host, port);
          if (error.code === 'EACCES' || error.code === 'EPERM') return 'forbidden';
          throw error;
        },
        findFree: async (host) => {
          const error = this.next('bind to find a port');
          if (error !== undefined)
            throw shortages.has(error.code) ? error : new Error(`no port on ${host} can be had: ${error.message}`);
          return tcpPorts.findFree(host);
        },
        owner: async (port) => (this.next('open to find who listens') === undefined ? tcpPorts.owner(port) : undefined),
        listening: async (pid) => (this.next('open to list listeners') === undefined ? tcpPorts.listening(pid) : []),
      },
      sockets: {
        open: (url, options, handlers) => {
          const error = this.next('open a socket');
          if (error === undefined) return sockets.open(url, options, handlers);
          const { code, message } = error;
          let isOver = false;
          const close = () => {
            if (!isOver) handlers.closed({ code: 1006, reason: '', failure: { kind: 'other', message, code } });
            isOver = true;
          };
          clock.schedule(0, close);
          const nothing = () => undefined;
          return { send: nothing, bufferedAmount: 0, close: nothing, terminate: nothing };
        },
      },
      http: {
        get: async (url, timeoutMs, verifyPeer) => {
          const error = this.next('open a socket for health');
          return error === undefined ? http.get(url, timeoutMs, verifyPeer) : { failure: error.message };
        },
      },
    };
  }

  #wrapBootTimes(bootTimes: NonNullable<ManagerPorts['bootTimes']>): NonNullable<ManagerPorts['bootTimes']> {
    return {
      ...bootTimes,
      load: async () => {
        const error = this.next('open to read the boot times');
        if (error !== undefined && error.code !== 'ENOENT') throw error;
        return error === undefined ? bootTimes.load() : undefined;
      },
      save: async (text) => {
        this.#call('mkdir to save the boot times', 'open to save the boot times', 'rename to save the boot times');
        return bootTimes.save(text);
      },
    };
  }

  #wrapRecords(records: NonNullable<ManagerPorts['records']>): NonNullable<ManagerPorts['records']> {
    return {
      ...records,
      load: async () => {
        const error = this.next('open to read the record');
        if (error?.code === 'ENOENT') return undefined;
        if (error !== undefined) throw error;
        return records.load();
      },
      save: async (text) => {
        this.#call('mkdir to save the record', 'open to save the record', 'rename to save the record');
        return records.save(text);
      },
      clear: async () => {
        const error = this.next('rename to clear the record');
        // No file is as good as a cleared one; the record stays all the same, as if another process put it there.
        if (error !== undefined && error.code !== 'ENOENT') throw error;
        return error === undefined ? records.clear() : undefined;
      },
    };
  }
}
