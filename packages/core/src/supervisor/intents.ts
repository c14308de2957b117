import type { IntentEvent } from './event.ts';
import { enterNext } from './recovery.ts';
import type { Next, StopMode, SupervisorModel, SupervisorState } from './state.ts';
import {
  beginStop,
  cancelling,
  enter,
  type ReducerContext,
  reap,
  type Step,
  sendSigterm,
  unchanged,
} from './transitions.ts';

type Terminating = Extract<SupervisorState, { name: 'terminating' }>;

/** A stop that is under way takes the newest wish for what follows, and a harsher manner moves it on at once. */
function redirect(
  model: SupervisorModel,
  state: Terminating,
  next: Next,
  mode: StopMode,
  context: ReducerContext,
): Step {
  const { stage, launch } = state;
  switch (stage.step) {
    case 'draining':
      if (mode === 'terminate') return sendSigterm(model, { launch, child: stage.child, next }, context);
      if (mode === 'kill') return reap(model, { launch, child: stage.child, next }, context);
      return enter(model, { ...state, next });
    case 'asked':
      if (mode === 'kill') return reap(model, { launch, child: stage.child, next }, context);
      return enter(model, { ...state, next });
    case 'awaiting-child':
      return enter(model, { ...state, next, stage: mode === 'kill' ? { ...stage, mode } : stage });
    case 'cancelling':
    case 'reaping':
      return enter(model, { ...state, next });
    default:
      return stage satisfies never;
  }
}

/** Takes down whatever there is, then goes on to `next`. */
function stopThen(model: SupervisorModel, next: Next, mode: StopMode, context: ReducerContext): Step {
  const { state } = model;
  const { at } = context.time;
  const { graceMs } = context.policy.stop;
  switch (state.name) {
    case 'idle':
      return next.to === 'idle' ? unchanged(model) : enterNext(model, next, undefined, context);
    case 'backoff':
      return enterNext(model, next, undefined, context);
    case 'failed':
      if (state.survivor !== undefined) return reap(model, { ...state.survivor, next }, context);
      return enterNext(model, next, undefined, context);
    case 'preflight':
      return enter(
        model,
        {
          name: 'terminating',
          launch: state.launch,
          since: at,
          stage: cancelling(context),
          next,
        },
        [{ type: 'cancel-preflight', launch: state.launch }],
      );
    case 'spawning':
      return enter(model, {
        name: 'terminating',
        launch: state.launch,
        since: at,
        stage: { step: 'awaiting-child', deadline: at + graceMs, mode },
        next,
      });
    case 'booting':
      // Nothing to finish yet: a gateway that is not ready has no work to drain.
      return beginStop(
        model,
        { launch: state.launch, child: state.child, next },
        mode === 'kill' ? 'kill' : 'terminate',
        context,
      );
    case 'running':
      return beginStop(model, { launch: state.launch, child: state.child, next }, mode, context);
    case 'terminating':
      return redirect(model, state, next, mode, context);
    default:
      return state satisfies never;
  }
}

function start(model: SupervisorModel, context: ReducerContext): Step {
  const { state } = model;
  switch (state.name) {
    case 'idle':
    case 'backoff':
    case 'failed':
      return stopThen(model, { to: 'launch', adopt: true }, 'kill', context);
    case 'preflight':
    case 'spawning':
    case 'booting':
      // Whoever asks now waits for the launch under way.
      return state.purpose === 'asked' ? unchanged(model) : enter(model, { ...state, purpose: 'asked' });
    case 'running':
      return unchanged(model);
    case 'terminating':
      return redirect(
        model,
        state,
        state.next.to === 'launch' ? state.next : { to: 'launch', adopt: true },
        'drain',
        context,
      );
    default:
      return state satisfies never;
  }
}

/** A person's word: never refused, never counted, and whatever crashed before is forgiven. */
export function handleIntent(model: SupervisorModel, event: IntentEvent, context: ReducerContext): Step {
  if (event.generation <= model.intent.generation) return unchanged(model);
  const want = event.type === 'down' ? 'down' : 'up';
  const fresh: SupervisorModel = {
    ...model,
    intent: { want, generation: event.generation },
    crashes: [],
    repaired: false,
  };
  switch (event.type) {
    case 'up':
      return start(fresh, context);
    case 'down':
      return stopThen(fresh, { to: 'idle' }, event.mode, context);
    case 'restart':
      return stopThen(fresh, { to: 'launch', adopt: false }, event.mode, context);
    default:
      return event satisfies never;
  }
}
