import { chmodSync, copyFileSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { nodeClock, nodeProcessTable, nodeRandom } from '@deskclaw/core';
import { acquireOwnerLock, currentRealm, ownIdentity } from '@deskclaw/core/internal';
import { type AppliedFix, type DoctorReport, shellWord } from '@deskclaw/protocol';
import { probeSocket } from '../control/unix-socket.ts';
import { runChecks } from '../doctor/checks.ts';
import { type Fix, planFixes } from '../doctor/fixes.ts';
import { resolvePaths } from '../profile/paths.ts';
import { type DoctorInput, gatherDoctorFacts } from './gather-doctor-facts.ts';

/** Checks a profile. Reads only; needs no host and no valid settings. */
export async function runDoctor(input: DoctorInput): Promise<DoctorReport> {
  return { profile: input.name, checks: runChecks(await gatherDoctorFacts(input)) };
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

/** @param backup a folder that is made when it is needed */
async function applyFix(fix: Fix, backup: string): Promise<AppliedFix | undefined> {
  switch (fix.kind) {
    case 'make-private': {
      const { path, before, after } = fix;
      // Only what was seen: somebody may have changed it meanwhile.
      if ((statSync(path).mode & 0o777) !== before) return undefined;
      chmodSync(path, after);
      return {
        what: `${path}: mode ${octal(before)} is now ${octal(after)}`,
        undo: `chmod ${octal(before)} ${shellWord(path)}`,
      };
    }
    case 'remove-lock': {
      mkdirSync(backup, { recursive: true, mode: 0o700 });
      const copy = join(backup, basename(fix.path));
      copyFileSync(fix.path, copy);
      const self = { ...ownIdentity(), nonce: nodeRandom.uuid(), realm: currentRealm() };
      // Takes the lock over as a host would, so that one which starts at this moment keeps its own.
      const lock = acquireOwnerLock(fix.path, self, nodeProcessTable);
      if (lock.kind !== 'held') return undefined;
      lock.release();
      return {
        what: `${fix.path}: removed the lock of a dead process`,
        undo: `cp ${shellWord(copy)} ${shellWord(fix.path)}`,
      };
    }
    case 'remove-socket': {
      if ((await probeSocket(fix.path)) !== 'dead') return undefined;
      rmSync(fix.path);
      return {
        what: `${fix.path}: removed a socket on which nobody listens`,
        undo: 'nothing: the next host makes its own',
      };
    }
    default:
      return fix satisfies never;
  }
}

/** Repairs what is safe to repair, and checks again. What cannot be changed stays in the report. */
export async function fixProfile(input: DoctorInput): Promise<{
  readonly report: DoctorReport;
  readonly fixes: readonly AppliedFix[];
  readonly failed: readonly string[];
}> {
  const { state } = resolvePaths(input);
  const backup = join(state, 'backups', `doctor-${String(nodeClock.wallTime())}`);
  const fixes: AppliedFix[] = [];
  const failed: string[] = [];
  for (const fix of planFixes(await gatherDoctorFacts(input))) {
    try {
      const applied = await applyFix(fix, backup);
      if (applied !== undefined) fixes.push(applied);
    } catch (error) {
      failed.push(`${fix.path}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { report: await runDoctor(input), fixes, failed };
}
