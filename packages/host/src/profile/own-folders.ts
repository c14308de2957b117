import { chmodSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Environment, GatewayError, nodeClock } from '@deskclaw/core';
import { makeFolder, ownUser, type PathOwner, readPathOwner, userLabel } from '@deskclaw/core/internal';
import { describeProblem } from '@deskclaw/protocol';
import type { Paths } from './paths.ts';

const ROOT = 0;
/** Rights of the group and of all others. */
const OTHERS = 0o077;
const OTHERS_WRITE = 0o022;

/** The names and numbers of users in `DESKCLAW_TRUST_USERS`. The settings cannot name whose settings are trusted. */
function trustedUsers(env: Environment): readonly string[] {
  return (env['DESKCLAW_TRUST_USERS'] ?? '')
    .split(',')
    .map((user) => user.trim())
    .filter((user) => user !== '');
}

function isTrusted({ user }: PathOwner, us: number, env: Environment): boolean {
  if (user === us || user === ROOT) return true;
  const [name] = userLabel(user).split(' ');
  return trustedUsers(env).some((trusted) => trusted === String(user) || trusted === name);
}

function foreign(path: string, fault: string, owner?: PathOwner): GatewayError {
  const facts = { path, fault, ...(owner === undefined ? {} : { user: String(owner.user) }) };
  return new GatewayError(describeProblem('state.foreign', facts, nodeClock.wallTime()));
}

/**
 * Refuses a file or folder of another user: who owns it can replace what is in it.
 * @throws GatewayError `state.foreign`
 */
function assertOwn(path: string, env: Environment): void {
  const us = ownUser();
  if (us === undefined) return;
  for (const links of ['keep', 'follow'] as const) {
    const owner = readPathOwner(path, links);
    if (owner !== undefined && !isTrusted(owner, us, env))
      throw foreign(path, `belongs to user ${userLabel(owner.user)}`, owner);
  }
}

/** Refuses a profile whose folders or settings belong to another user. @throws GatewayError `state.foreign` */
export function assertOwnFolders(paths: Paths, env: Environment): void {
  const folders = [dirname(paths.config), paths.config, dirname(paths.state), paths.state, paths.lock, paths.data];
  for (const path of folders) assertOwn(path, env);
}

/**
 * Returns why a socket may be another user's; `undefined`: it is ours, in a folder where nobody else can put one, or not there. In the
 * folder for temporary files, anybody may make its folder first.
 */
export function socketFault(socket: string): GatewayError | undefined {
  const us = ownUser();
  if (us === undefined) return undefined;
  for (const path of [dirname(socket), socket]) {
    const owner = readPathOwner(path);
    if (owner === undefined) return undefined;
    if (owner.user !== us) return foreign(path, `belongs to user ${userLabel(owner.user)}`, owner);
    if (owner.kind === 'link') return foreign(path, 'is a link');
    if ((owner.mode & OTHERS_WRITE) !== 0) return foreign(path, 'can be written to by other users');
  }
  return undefined;
}

/** @throws GatewayError `state.foreign` for a socket with a fault. */
export function assertPrivateSocket(socket: string): void {
  const fault = socketFault(socket);
  if (fault !== undefined) throw fault;
}

/**
 * Makes a folder that only its owner can enter, and refuses a folder of another user:
 * access to the socket's folder is control of the gateway.
 * @throws GatewayError `state.foreign`; Error where it is no folder
 */
export function ensurePrivateFolder(path: string): void {
  makeFolder(path);
  const [us, owner] = [ownUser(), readPathOwner(path)];
  if (us === undefined || owner === undefined) return;
  if (owner.user !== us) throw foreign(path, `belongs to user ${userLabel(owner.user)}`, owner);
  if (owner.kind !== 'folder') throw new Error(`${path} is not a folder`);
  if ((owner.mode & OTHERS) !== 0) chmodSync(path, 0o700);
}
