import type { GatewayTarget } from '@deskclaw/core';
import { type DrainHook, type GatewayCall, readPinnedCertificate } from '@deskclaw/core/internal';
import { isObject } from '@deskclaw/protocol';
import { embeddingOverrides } from './environment.ts';
import type { GatewayAuth } from './gateway-auth.ts';
import type { OpenClawPlan } from './openclaw-plan.ts';

/** More sessions than this at work at once is not a desktop's gateway. */
const MAX_SESSIONS = 200;

/** Returns the session key that aborts the active run of a session; `undefined` if there is none. */
function busyName(session: unknown): string | undefined {
  if (!isObject(session) || typeof session['key'] !== 'string') return undefined;
  const { key, hasActiveRun, status } = session;
  if (hasActiveRun === true) return key;
  // 2026.5.28 keeps a run under the name it was asked with: "main", where the session is "agent:main:main" (measured).
  return status === 'running' ? key.replace(/^agent:[^:]+:/, '') : undefined;
}

function busySessions(answer: unknown): readonly string[] {
  const sessions: readonly unknown[] = isObject(answer) && Array.isArray(answer['sessions']) ? answer['sessions'] : [];
  return sessions.map(busyName).filter((name) => name !== undefined);
}

function abortedRuns(answer: unknown): readonly string[] {
  const runIds: readonly unknown[] = isObject(answer) && Array.isArray(answer['runIds']) ? answer['runIds'] : [];
  return runIds.filter((runId) => typeof runId === 'string');
}

/**
 * Ends every run that is being answered, before a stop: 2026.9.6 waits up to 315 s for a run that is stuck in a model call
 * and takes no more calls from the moment it is told to stop. Versions that do not tell which sessions are busy stop at once anyway.
 * Never rejects: what could not be aborted is the stop's to end.
 * @returns the runs that were aborted.
 */
export async function abortActiveRuns(call: GatewayCall, timeoutMs: number): Promise<readonly string[]> {
  const listed = await call('sessions.list', { limit: MAX_SESSIONS }, timeoutMs).catch(() => undefined);
  const aborting = busySessions(listed).map((sessionKey) => call('chat.abort', { sessionKey }, timeoutMs));
  const answers = await Promise.allSettled(aborting);
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? abortedRuns(answer.value) : []));
}

/**
 * Hooks for one OpenClaw on this machine: who holds its state, how to repair its configuration, whether it asked for a successor, whether it
 * migrates its state.
 */
export type OpenClawHooks = Required<
  Pick<GatewayTarget, 'findStateDirOwner' | 'repair' | 'claimRestart' | 'findCriticalWork'>
>;

/** Durations that the user set, ms. They win over the defaults of the plan. */
export interface DurationOverrides {
  readonly startTimeoutMs: number | undefined;
  readonly drainMs: number | undefined;
  readonly graceMs: number | undefined;
}

/** The call's own limit is the whole of it: whatever is left then is ended with the gateway. */
const abortActiveRunsBeforeStop: DrainHook = async (call, limitMs) => {
  const { length } = await abortActiveRuns(call, limitMs);
  return length === 0
    ? undefined
    : `${String(length)} ${length === 1 ? 'run' : 'runs'} that worked still were aborted.`;
};

function connectionAuth(auth: GatewayAuth): Pick<GatewayTarget, 'auth'> {
  switch (auth.kind) {
    case 'token':
      return { auth: { token: auth.token, tokenSource: auth.source } };
    case 'password':
      return { auth: { password: auth.password, tokenSource: auth.source } };
    case 'none':
      return {};
    default:
      return auth satisfies never;
  }
}

/** The target of a start of this OpenClaw, over what options and settings say of every gateway. */
export function openClawTarget(base: GatewayTarget, plan: OpenClawPlan, overrides: DurationOverrides): GatewayTarget {
  const { certificatePath: certificate } = plan;
  return {
    ...base,
    ...(certificate === undefined ? {} : { certificate: () => readPinnedCertificate(certificate) }),
    command: plan.command,
    env: { ...base.env, ...plan.env, ...embeddingOverrides(base.env) },
    host: plan.host,
    port: plan.port,
    path: plan.path,
    healthPath: plan.healthPath,
    probePaths: plan.probePaths,
    dialect: plan.dialect,
    ...connectionAuth(plan.auth),
    startTimeoutMs: overrides.startTimeoutMs ?? plan.startTimeoutMs,
    drainMs: overrides.drainMs ?? plan.drainMs,
    graceMs: overrides.graceMs ?? plan.graceMs,
    drainHook: abortActiveRunsBeforeStop,
    judgeExit: plan.judgeExit,
  };
}
