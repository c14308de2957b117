import { posix, win32 } from 'node:path';
import type { Environment } from '@deskclaw/core';

/** Where and as whom we look: given, so that every platform can be looked at from any other. */
export interface SystemInfo {
  readonly platform: NodeJS.Platform;
  /** The user's own environment. */
  readonly env: Environment;
  /** The account's home folder. */
  readonly home: string;
}

export type PathRules = typeof posix;

export function pathRules(platform: NodeJS.Platform): PathRules {
  return platform === 'win32' ? win32 : posix;
}

/** A variable's value; blank counts as unset, as it does for OpenClaw. */
export function variable(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === undefined || value === '' ? undefined : value;
}

/** The folders of `PATH`. Relative ones are left out: what they mean changes with the working folder. */
export function searchPath(system: SystemInfo): readonly string[] {
  const { delimiter, isAbsolute } = pathRules(system.platform);
  // Windows keeps it under "Path"; a copied environment loses the case-blind look-up that the real one has.
  const value = system.env['PATH'] ?? system.env['Path'] ?? '';
  return [...new Set(value.split(delimiter).filter((folder) => isAbsolute(folder)))];
}
