import { type Files, isWrittenBy, type ProcessTable, readIfPossible, type TcpPorts } from '@deskclaw/core/internal';
import { describeProblem, isObject, type Problem, parseJson } from '@deskclaw/protocol';
import { type PathRules, pathRules } from './system-info.ts';

/** A living OpenClaw process that holds the state folder. */
export interface StateHolder {
  readonly pid: number;
  /** `gateway`, or the tool that holds it, e.g. `sqlite-maintenance`. */
  readonly role: string;
  /** Port of the holder: from its lock (2026.9.6), else from the system's listener table, if known. */
  readonly port?: number;
  readonly lock: string;
}

export interface StateLockInput {
  readonly stateDir: string;
  readonly configPath: string;
  readonly platform: NodeJS.Platform;
  /** The system's folder for temporary files: generations before 2026.9 keep their locks there. */
  readonly temporary: string;
  /** Numeric user id; `undefined` on Windows. */
  readonly uid?: number;
}

interface LockFile {
  readonly pid: number;
  readonly role: string;
  readonly startTime?: number;
  readonly port?: number;
  readonly configPath?: string;
  readonly stateDir?: string;
}

function parseLock(text: string): LockFile | undefined {
  const value = parseJson(text);
  if (!isObject(value) || typeof value['pid'] !== 'number') return undefined;
  const { pid, role, startTime, port, configPath, stateDir } = value;
  return {
    pid,
    role: typeof role === 'string' ? role : 'gateway',
    ...(typeof startTime === 'number' ? { startTime } : {}),
    ...(typeof port === 'number' ? { port } : {}),
    ...(typeof configPath === 'string' ? { configPath } : {}),
    ...(typeof stateDir === 'string' ? { stateDir } : {}),
  };
}

/** A pid is reused sooner or later; its start mark is not. Only Linux's marks (ticks) are the same for OpenClaw and for us. */
function isAlive(lock: LockFile, processes: ProcessTable, platform: NodeJS.Platform): boolean {
  const process = processes.find(lock.pid);
  if (process === undefined) return false;
  if (lock.startTime === undefined || platform !== 'linux') return true;
  return process.startMark.startsWith(`${String(lock.startTime)}@`);
}

/**
 * Reads the locks in a folder. Anybody may make a folder of this name in the common temporary folder: a lock counts only if nobody but its
 * user and root can have written it.
 */
async function locksIn(
  folder: string,
  { files, path, uid }: { readonly files: Files; readonly path: PathRules; readonly uid: number | undefined },
): Promise<readonly [string, LockFile][]> {
  const isOwn = async (place: string, kind: 'folder' | 'file'): Promise<boolean> => {
    if (uid === undefined) return true;
    const owner = await files.owner(place);
    return owner?.kind === kind && isWrittenBy(uid, owner);
  };
  if (!(await isOwn(folder, 'folder'))) return [];
  const names = (await files.list(folder)).filter((name) => /^gateway\..*\.lock$/.test(name));
  const locks: [string, LockFile][] = [];
  for (const name of names) {
    const file = path.join(folder, name);
    const text = (await isOwn(file, 'file')) ? await readIfPossible(files, file) : undefined;
    const lock = text === undefined ? undefined : parseLock(text);
    if (lock !== undefined) locks.push([file, lock]);
  }
  return locks;
}

/**
 * Finds the process that holds OpenClaw’s state folder, by the lock files of all three generations. To be asked before a spawn: OpenClaw itself needs
 * 1.5 to 14 s to find out, says "run doctor --fix" (2026.9.6), or starts a second gateway on the same state (2026.5.28).
 */
export async function findStateHolder(
  input: StateLockInput,
  ports: { readonly files: Files; readonly processes: ProcessTable; readonly tcpPorts: Pick<TcpPorts, 'listening'> },
): Promise<StateHolder | undefined> {
  const { stateDir, configPath, platform, temporary, uid } = input;
  const path = pathRules(platform);
  const { files, processes } = ports;
  const real = async (place: string): Promise<string> => (await files.realpath(place)) ?? place;
  const name = uid === undefined ? 'openclaw' : `openclaw-${String(uid)}`;
  const [ownState, ownConfig] = [await real(stateDir), await real(configPath)];
  const concerns = async (lock: LockFile): Promise<boolean> =>
    (lock.stateDir !== undefined && (await real(lock.stateDir)) === ownState) ||
    (lock.configPath !== undefined && (await real(lock.configPath)) === ownConfig);

  const shared = await locksIn(path.join(temporary, name), { files, path, uid });
  const own = await locksIn(path.join(ownState, 'tmp', name), { files, path, uid });
  for (const [file, lock] of [...own, ...shared]) {
    const ours = own.some(([mine]) => mine === file) || (await concerns(lock));
    if (ours && isAlive(lock, processes, platform)) {
      // The gateway's own port is the lowest: those of its browser control and canvas are counted up from it.
      const port = lock.port ?? (await ports.tcpPorts.listening(lock.pid))[0]?.port;
      return { pid: lock.pid, role: lock.role, lock: file, ...(port === undefined ? {} : { port }) };
    }
  }
  return undefined;
}

/** @param at epoch ms. */
export function stateLockedProblem(holder: StateHolder, stateDir: string, at: number): Problem {
  const who = holder.role === 'gateway' ? 'Another OpenClaw gateway' : `OpenClaw (${holder.role})`;
  const where = holder.port === undefined ? '' : `, which listens on port ${String(holder.port)}`;
  const detail = `${who} (pid ${String(holder.pid)})${where} uses ${stateDir}; the lock is ${holder.lock}. DeskClaw left it alone.`;
  return describeProblem('state.locked', { detail }, at);
}
