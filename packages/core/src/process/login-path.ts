import type { Cancel, Clock } from '../ports/clock.ts';
import type { ProcessTable, Spawner } from '../ports/spawner.ts';
import { childEnvironment, type Environment, pathName } from './environment.ts';
import { killTree } from './kill-process-tree.ts';
import { joinPathList, type Platform, splitPathList } from './path-list.ts';

/**
 * Folders in the PATH that launchd and systemd give to a program started from a desktop, without those of the user's
 * shell.
 */
const systemFolders = new Set([
  '/usr/bin',
  '/bin',
  '/usr/sbin',
  '/sbin',
  '/usr/local/bin',
  '/usr/local/sbin',
  '/usr/games',
  '/usr/local/games',
  '/snap/bin',
]);
/** Shells whose `-i -l -c` runs the files a person puts their PATH into. */
const knownShells = /\/(?:bash|zsh|fish|ksh|dash|sh)$/;
const MARK = '__deskclaw_path__';
/** Some people's shells take seconds (nvm, conda); longer than this is a shell that waits for an answer. */
const TIMEOUT_MS = 5_000;
const MAX_OUTPUT_CHARS = 256 * 1024;

/** Whether a PATH holds system folders only, so that what the user installed cannot be found with it. */
export function isMinimalPath(path: string | undefined, platform: Platform): boolean {
  if (platform === 'win32') return false;
  return splitPathList(path ?? '', platform).every((folder) => systemFolders.has(folder));
}

export interface LoginShellPorts {
  readonly spawner: Spawner;
  readonly processes: ProcessTable;
  readonly clock: Clock;
}

/**
 * Returns the output between the two marks, `undefined` until both have arrived. Start-up files of the shell may print
 * around them.
 */
export function parseShellOutput(text: string): string | undefined {
  const [, answer, after] = text.split(MARK);
  return answer === undefined || after === undefined || answer === '' ? undefined : answer;
}

/**
 * Asks the user's login shell for its PATH, once; the answer comes first, ours after it.
 * @returns `undefined` where there is no such shell, or it gives no answer within 5 s (it is then ended).
 */
export function loginPath(host: Environment, platform: Platform, ports: LoginShellPorts): Promise<string | undefined> {
  const shell = host['SHELL'];
  if (platform === 'win32' || shell === undefined || !knownShells.test(shell)) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const decoder = new TextDecoder();
    let answer = '';
    let settled = false;
    let cancel: Cancel | undefined;
    const settle = (path: string | undefined) => {
      if (settled) return;
      settled = true;
      cancel?.();
      resolve(path === undefined ? undefined : mergePaths(path, host['PATH'], platform));
    };
    const child = ports.spawner.spawn(
      {
        file: shell,
        args: ['-i', '-l', '-c', `printf '%s' "${MARK}" "$PATH" "${MARK}"`],
        env: { ...childEnvironment({ host, platform }), TERM: 'dumb' },
        lifeline: false,
      },
      {
        spawned: () => undefined,
        failed: () => settle(undefined),
        output: (stream, chunk) => {
          if (stream !== 'stdout' || settled || answer.length > MAX_OUTPUT_CHARS) return;
          answer += decoder.decode(chunk, { stream: true });
          // Not at the end of the pipe: an agent started by a start-up file may hold it open for ever.
          const path = parseShellOutput(answer);
          if (path !== undefined) settle(path);
        },
        exited: () => undefined,
        drained: () => settle(undefined),
      },
    );
    if (settled) return;
    cancel = ports.clock.schedule(TIMEOUT_MS, () => {
      const info = child.pid === undefined ? undefined : ports.processes.find(child.pid);
      if (info !== undefined) killTree({ leader: info }, ports.processes);
      child.abandonOutput();
      settle(undefined);
    });
  });
}

/** The PATH to use instead of ours: the login shell's, where ours is bare. Asks at most once, however often it is called. */
export function userPath(
  host: Environment,
  platform: Platform,
  ports: LoginShellPorts,
): () => Promise<string | undefined> {
  let asked: Promise<string | undefined> | undefined;
  return () => {
    asked ??= isMinimalPath(host[pathName(host, platform)], platform)
      ? loginPath(host, platform, ports)
      : Promise.resolve(undefined);
    return asked;
  };
}

function mergePaths(login: string, ours: string | undefined, platform: Platform): string {
  return joinPathList([...splitPathList(login, platform), ...splitPathList(ours ?? '', platform)], platform);
}
