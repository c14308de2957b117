import { describeProblem, type Problem } from '@deskclaw/protocol';
import type { Settings } from '../profile/config.ts';
import type { InstalledOpenClaw, Inventory } from './inventory.ts';

/** Which OpenClaw a start is to run. */
export type OpenClawChoice =
  /** A setting names a place. */
  | { readonly kind: 'named'; readonly path: string }
  /** A version kept by us: chosen by a setting, or taken because there is no other. */
  | { readonly kind: 'managed'; readonly installed: InstalledOpenClaw; readonly reason: 'chosen' | 'only-one-here' }
  /** Nothing is chosen: the user's own, wherever it is found. */
  | { readonly kind: 'own' }
  | { readonly kind: 'missing'; readonly version: string; readonly installed: readonly string[] };

/**
 * A setting wins; without one the user's own OpenClaw, if there is one; else the newest that is kept here.
 * @param hasUserOpenClaw asked only where it matters.
 */
export async function chooseOpenClaw(
  setting: Settings['openclaw'],
  inventory: Inventory,
  hasUserOpenClaw: () => Promise<boolean>,
): Promise<OpenClawChoice> {
  if (setting !== undefined && 'path' in setting) return { kind: 'named', path: setting.path };
  if (setting !== undefined) {
    const installed = inventory.versions.find(({ version }) => version === setting.version);
    if (installed !== undefined) return { kind: 'managed', installed, reason: 'chosen' };
    return {
      kind: 'missing',
      version: setting.version,
      installed: inventory.versions.map(({ version }) => version),
    };
  }
  const [newest] = inventory.versions;
  if (newest === undefined || (await hasUserOpenClaw())) return { kind: 'own' };
  return { kind: 'managed', installed: newest, reason: 'only-one-here' };
}

/** @param at epoch ms. */
export function versionMissingProblem(choice: Extract<OpenClawChoice, { kind: 'missing' }>, at: number): Problem {
  return describeProblem('openclaw.version-missing', { version: choice.version, installed: choice.installed }, at);
}
