import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Environment, GatewayError, nodeClock } from '@deskclaw/core';
import { writeAtomicSync } from '@deskclaw/core/internal';
import { describeProblem } from '@deskclaw/protocol';
import { expandHome, homeFolder } from './user-paths.ts';

export interface Secret {
  readonly value: string;
  /** Where it came from, to be named when the gateway refuses it. */
  readonly source: string;
}

function readSecret(path: string): string {
  return readFileSync(path, 'utf8').trim();
}

/**
 * The token the user named by `DESKCLAW_TOKEN_FILE`, if any.
 * @throws GatewayError `config.invalid` when the file cannot be read or is empty.
 */
export function tokenFromEnvironment(env: Environment): Secret | undefined {
  const named = env['DESKCLAW_TOKEN_FILE'];
  if (named === undefined || named === '') return undefined;
  const path = expandHome(named, homeFolder(env));
  const refuse = (fault: string): GatewayError =>
    new GatewayError(
      describeProblem('config.invalid', { source: `DESKCLAW_TOKEN_FILE (${path})`, fault }, nodeClock.wallTime()),
    );
  try {
    const value = readSecret(path);
    if (value === '') throw refuse('the file is empty');
    return { value, source: path };
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    throw refuse(error instanceof Error ? error.message : String(error));
  }
}

/**
 * A token of our own for a gateway that has none configured: made once, kept 0600, reused.
 * @throws GatewayError `state.read-only` where it can neither be read nor kept.
 */
export function loadOrCreateToken(path: string): Secret {
  try {
    return { value: readStoredToken(path) ?? createToken(path), source: path };
  } catch (error) {
    const detail = `The token cannot be kept in ${path}: ${error instanceof Error ? error.message : String(error)}`;
    throw new GatewayError(describeProblem('state.read-only', { detail, folder: dirname(path) }, nodeClock.wallTime()));
  }
}

/**
 * Replaces the token of our own; a gateway that runs keeps the old one until it is started again.
 * @returns `false`: there is none to replace.
 * @throws GatewayError `state.read-only` where it cannot be written.
 */
export function rotateStoredToken(path: string): boolean {
  try {
    if (readStoredToken(path) === undefined) return false;
    writeAtomicSync(path, `${randomToken()}\n`);
    return true;
  } catch (error) {
    const detail = `The token cannot be kept in ${path}: ${error instanceof Error ? error.message : String(error)}`;
    throw new GatewayError(describeProblem('state.read-only', { detail, folder: dirname(path) }, nodeClock.wallTime()));
  }
}

function randomToken(): string {
  return randomBytes(32).toString('base64url');
}

function readStoredToken(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  // The file may have existed with wider permissions; a secret requires 0600.
  chmodSync(path, 0o600);
  const stored = readSecret(path);
  return stored === '' ? undefined : stored;
}

function createToken(path: string): string {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const value = randomToken();
  writeFileSync(path, `${value}\n`, { mode: 0o600 });
  return value;
}
