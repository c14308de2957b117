import type { GatewayTarget } from '@deskclaw/core';
import type { DrainHook } from '@deskclaw/core/internal';
import { abortActiveRuns } from './active-runs.ts';
import type { GatewayAuth } from './gateway-auth.ts';
import type { OpenClawPlan } from './openclaw-plan.ts';

/** Hooks for one OpenClaw on this machine: who holds its state, how to repair its configuration. */
export type OpenClawHooks = Required<Pick<GatewayTarget, 'findStateDirOwner' | 'repair'>>;

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
  return {
    ...base,
    command: plan.command,
    env: { ...base.env, ...plan.env },
    host: plan.host,
    port: plan.port,
    path: plan.path,
    healthPath: plan.healthPath,
    dialect: plan.dialect,
    ...connectionAuth(plan.auth),
    startTimeoutMs: overrides.startTimeoutMs ?? plan.startTimeoutMs,
    drainMs: overrides.drainMs ?? plan.drainMs,
    graceMs: overrides.graceMs ?? plan.graceMs,
    drainHook: abortActiveRunsBeforeStop,
    judgeExit: plan.judgeExit,
  };
}
