import { readFileSync } from 'node:fs';
import type { PeerIdentity, PeerUser, SocketEnds } from '../peer-identity.ts';
import { linuxUsers } from './linux-processes.ts';
import { runTool } from './listeners.ts';
import { nameOfUser } from './path-owner.ts';
import { psUsers } from './ps-processes.ts';
import { linuxSocketPeer, lsofSocketPeer, netstatSocketPeer, powerShell, type SocketHolder } from './socket-peer.ts';

const ROOT = '0';
/** Local System, Local Service and Network Service of Windows. */
const windowsSystem: readonly string[] = ['S-1-5-18', 'S-1-5-19', 'S-1-5-20'];

function systemRoot(): string {
  return process.env['SystemRoot'] ?? 'C:\\Windows';
}

/** The user of a Windows session; asked once, as it takes about half a second. */
let windowsUser: Promise<string> | undefined;

async function ownUsers(): Promise<readonly string[]> {
  if (process.platform !== 'win32') return [String(process.geteuid?.()), String(process.getuid?.())];
  const query = '[Security.Principal.WindowsIdentity]::GetCurrent().User.Value';
  windowsUser ??= runTool(powerShell(systemRoot()), ['-NoProfile', '-NonInteractive', '-Command', query]);
  return [(await windowsUser).trim()];
}

/** Directory services (LDAP, and all users of macOS) are not in the file. */
async function lookUpName(id: string): Promise<string | undefined> {
  if (process.platform === 'win32') return undefined;
  const name = nameOfUser(id) ?? (await runTool('/usr/bin/id', ['-un', id])).trim();
  return name === '' || name === id ? undefined : name;
}

/**
 * In a user namespace the kernel shows every user that is not part of it under one number, which may be our own: such a
 * number says nothing.
 */
function isAmbiguous(id: string): boolean {
  if (process.platform !== 'linux') return false;
  const read = (path: string) => readFileSync(path, 'utf8').trim();
  try {
    if (read('/proc/sys/kernel/overflowuid') !== id) return false;
    return !/^\s*0\s+0\s+4294967295$/.test(read('/proc/self/uid_map'));
  } catch {
    return false;
  }
}

async function describeUser(id: string): Promise<PeerUser | undefined> {
  if (isAmbiguous(id)) return undefined;
  if ((await ownUsers()).includes(id)) return { id, role: 'own' };
  if (id === ROOT || windowsSystem.includes(id)) return { id, role: 'system' };
  const name = await lookUpName(id);
  return { id, ...(name === undefined ? {} : { name }), role: 'other' };
}

function holderOf(ends: SocketEnds): Promise<SocketHolder | undefined> {
  switch (process.platform) {
    case 'linux':
    case 'android':
      return linuxSocketPeer(ends);
    case 'win32':
      return netstatSocketPeer(ends, systemRoot());
    default:
      return lsofSocketPeer(ends);
  }
}

function usersOf(pid: number): readonly string[] {
  switch (process.platform) {
    case 'linux':
    case 'android':
      return linuxUsers(pid);
    case 'win32':
      return [];
    default:
      return psUsers(pid);
  }
}

/** The users of this machine by their numbers. Names are not looked up here: numbers alone are compared. */
function describeUsers(ids: readonly string[]): readonly PeerUser[] {
  const own = [String(process.geteuid?.()), String(process.getuid?.())];
  return ids.map((id) => ({ id, role: own.includes(id) ? 'own' : id === ROOT ? 'system' : 'other' }));
}

export const nodePeerIdentity: PeerIdentity = {
  behindSocket: async (ends) => {
    const holder = await holderOf(ends).catch(() => undefined);
    if (holder === undefined) return { findProcess: async () => undefined };
    const user = holder.user === undefined ? undefined : await describeUser(holder.user).catch(() => undefined);
    const findProcess = (guess?: number) => holder.findProcess(guess).catch(() => undefined);
    return { ...(user === undefined ? {} : { user }), findProcess };
  },
  behindProcess: (pid) => {
    try {
      return describeUsers(usersOf(pid));
    } catch {
      return [];
    }
  },
};
