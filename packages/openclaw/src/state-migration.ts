import { describeProblem, isObject, type Problem, parseJson } from '@deskclaw/protocol';
import type { OpenClawPlan } from './openclaw-plan.ts';
import { type ProgramPorts, type ProgramRun, runProgram } from './run-program.ts';
import { pathRules } from './system-info.ts';

/** Starting Node and reading a row takes 60 ms; the database may be busy. */
const TIMEOUT_MS = 8_000;

/**
 * Reads the lease under which OpenClaw migrates its state while it starts. No command of OpenClaw tells of it before it listens, so this one
 * row is read from its database, read-only, by the Node that runs it. What cannot be read says nothing.
 */
const READ_LEASE = `
  const { DatabaseSync } = require('node:sqlite');
  const database = new DatabaseSync(process.argv[1], { readOnly: true });
  const lease = database
    .prepare("SELECT payload_json AS payload, heartbeat_at AS renewedAt, expires_at AS expiresAt FROM state_leases WHERE scope = 'startup-migrations' AND lease_key = 'global'")
    .get();
  console.log(JSON.stringify(lease ?? null));`;

export interface MigrationLease {
  readonly pid?: number;
  /** Epoch ms. */
  readonly renewedAt: number;
  readonly expiresAt: number;
}

/** Reads the row of a lease; `undefined` where there is none. */
export function readLease(run: ProgramRun): MigrationLease | undefined {
  const row = run.kind === 'ended' && run.code === 0 ? parseJson(run.stdout) : undefined;
  if (!isObject(row) || typeof row['renewedAt'] !== 'number' || typeof row['expiresAt'] !== 'number') return undefined;
  const payload = typeof row['payload'] === 'string' ? parseJson(row['payload']) : undefined;
  const owner = isObject(payload) ? payload['owner'] : undefined;
  const pid = isObject(owner) ? owner['pid'] : undefined;
  return {
    renewedAt: row['renewedAt'],
    expiresAt: row['expiresAt'],
    ...(typeof pid === 'number' ? { pid } : {}),
  };
}

/** Returns why a process must not be ended now: it holds a lease that has not run out. Times are epoch ms. */
export function migrationProblem(lease: MigrationLease | undefined, pid: number, now: number): Problem | undefined {
  if (lease === undefined || lease.expiresAt <= now || (lease.pid !== undefined && lease.pid !== pid)) return undefined;
  const since = String(Math.max(0, Math.round((now - lease.renewedAt) / 1_000)));
  const left = String(Math.round((lease.expiresAt - now) / 1_000));
  const detail = `Process ${String(pid)} migrates the state of OpenClaw. Its lease was renewed ${since} s ago and runs out in ${left} s unless it is renewed. DeskClaw waits for its end.`;
  return describeProblem('gateway.migrating', { detail }, now);
}

/** Finds out whether a starting OpenClaw migrates its state. @param now epoch ms. */
export async function findMigration(
  plan: Pick<OpenClawPlan, 'node' | 'stateDir'>,
  input: { readonly pid: number; readonly platform: NodeJS.Platform; readonly env: Readonly<Record<string, string>> },
  ports: ProgramPorts,
  signal: AbortSignal,
): Promise<Problem | undefined> {
  const database = pathRules(input.platform).join(plan.stateDir, 'state', 'openclaw.sqlite');
  const args = ['--no-warnings', '--eval', READ_LEASE, database];
  const request = { file: plan.node.file, args, env: input.env };
  const run = await runProgram(request, { timeoutMs: TIMEOUT_MS, keepChars: 4_096, signal }, ports);
  return migrationProblem(readLease(run), input.pid, ports.clock.wallTime());
}
