import type { SupervisorEvent } from './event.ts';
import type { Next, RecoveryReason, SupervisorModel, SupervisorState } from './state.ts';
import { beginStop, enter, type ReducerContext, reap, type Step, sendSigterm, unchanged } from './transitions.ts';

type Running = Extract<SupervisorState, { name: 'running' }>;
type Alive = Extract<SupervisorState, { name: 'booting' | 'running' }>;

/** Returns what follows when the process failed or exited. */
export function recoverFrom(state: Alive, reason: RecoveryReason, at: number): Next {
  if (state.name === 'running') return { to: 'recover', reason, purpose: 'automatic', readyForMs: at - state.since };
  // The user waits for a gateway, not for the adopted process: its failure is not the answer.
  return { to: state.adopted ? 'replace' : 'recover', reason, purpose: state.purpose };
}

function exitReason(state: Alive): RecoveryReason {
  const announced = state.name === 'running' ? state.announced : undefined;
  return announced === undefined ? { kind: 'exited' } : { kind: 'exited', announced };
}

/** Rules that hold while a process lives, whether it is ready (`running`) or not yet (`booting`). */
export function reduceAlive(
  model: SupervisorModel,
  state: Alive,
  event: SupervisorEvent,
  context: ReducerContext,
): Step {
  const { launch, child } = state;
  const { at } = context.time;
  switch (event.type) {
    case 'exited':
      return reap(model, { launch, child, next: recoverFrom(state, exitReason(state), at) }, context);
    case 'unresponsive': {
      const reason: RecoveryReason = { kind: 'unresponsive', detail: event.detail };
      return sendSigterm(model, { launch, child, next: recoverFrom(state, reason, at) }, context);
    }
    case 'port-lost': {
      const reason: RecoveryReason = { kind: 'port-lost', problem: event.problem };
      return sendSigterm(model, { launch, child, next: recoverFrom(state, reason, at) }, context);
    }
    default:
      return unchanged(model);
  }
}

/** Rules of `running`: the gateway is ready. */
export function reduceRunning(
  model: SupervisorModel,
  state: Running,
  event: SupervisorEvent,
  context: ReducerContext,
): Step {
  const { launch, child } = state;
  switch (event.type) {
    case 'down':
      return beginStop(model, { launch, child, next: { to: 'idle' } }, event.mode, context);
    case 'restart':
      return beginStop(model, { launch, child, next: { to: 'launch', adopt: false } }, event.mode, context);
    case 'shutdown-announced':
      return enter(model, { ...state, announced: event.restart ? 'restart' : 'stop' });
    case 'ready': {
      // It restarted itself in the same process.
      const { announced, ...ready } = state;
      return announced === undefined ? unchanged(model) : enter(model, ready);
    }
    default:
      return reduceAlive(model, state, event, context);
  }
}
