import type { IntentEvent } from './event.ts';
import { ask, cancelling, end, enter, type Given, reap, type Step, stay } from './moves.ts';
import { conclude } from './recovery.ts';
import type { Manner, Next, Supervision, SupervisorState } from './state.ts';

type Terminating = Extract<SupervisorState, { name: 'terminating' }>;

/** A stop that is under way takes the newest wish for what follows, and a harsher manner moves it on at once. */
function redirect(supervision: Supervision, state: Terminating, next: Next, manner: Manner, given: Given): Step {
  const { stage, launch } = state;
  switch (stage.step) {
    case 'draining':
      if (manner === 'terminate') return ask(supervision, { launch, child: stage.child, next }, given);
      if (manner === 'kill') return reap(supervision, { launch, child: stage.child, next }, given);
      return enter(supervision, { ...state, next });
    case 'asked':
      if (manner === 'kill') return reap(supervision, { launch, child: stage.child, next }, given);
      return enter(supervision, { ...state, next });
    case 'awaiting-child':
      return enter(supervision, { ...state, next, stage: manner === 'kill' ? { ...stage, manner } : stage });
    case 'cancelling':
    case 'reaping':
      return enter(supervision, { ...state, next });
    default:
      return stage satisfies never;
  }
}

/** Takes down whatever there is, then goes on to `next`. */
function takeDown(supervision: Supervision, next: Next, manner: Manner, given: Given): Step {
  const { state } = supervision;
  const { at } = given.moment;
  const { graceMs } = given.policy.stop;
  switch (state.name) {
    case 'idle':
      return next.to === 'idle' ? stay(supervision) : conclude(supervision, next, undefined, given);
    case 'backoff':
      return conclude(supervision, next, undefined, given);
    case 'failed':
      if (state.survivor !== undefined) return reap(supervision, { ...state.survivor, next }, given);
      return conclude(supervision, next, undefined, given);
    case 'preflight':
      return enter(
        supervision,
        {
          name: 'terminating',
          launch: state.launch,
          since: at,
          stage: cancelling(given),
          next,
        },
        [{ type: 'cancel-preflight', launch: state.launch }],
      );
    case 'spawning':
      return enter(supervision, {
        name: 'terminating',
        launch: state.launch,
        since: at,
        stage: { step: 'awaiting-child', deadline: at + graceMs, manner },
        next,
      });
    case 'booting':
      // Nothing to finish yet: a gateway that is not ready has no work to drain.
      return end(
        supervision,
        { launch: state.launch, child: state.child, next },
        manner === 'kill' ? 'kill' : 'terminate',
        given,
      );
    case 'running':
      return end(supervision, { launch: state.launch, child: state.child, next }, manner, given);
    case 'terminating':
      return redirect(supervision, state, next, manner, given);
    default:
      return state satisfies never;
  }
}

function bringUp(supervision: Supervision, given: Given): Step {
  const { state } = supervision;
  switch (state.name) {
    case 'idle':
    case 'backoff':
    case 'failed':
      return takeDown(supervision, { to: 'launch', adopt: true }, 'kill', given);
    case 'preflight':
    case 'spawning':
    case 'booting':
      // Whoever asks now waits for the launch under way.
      return state.purpose === 'asked' ? stay(supervision) : enter(supervision, { ...state, purpose: 'asked' });
    case 'running':
      return stay(supervision);
    case 'terminating':
      return redirect(
        supervision,
        state,
        state.next.to === 'launch' ? state.next : { to: 'launch', adopt: true },
        'drain',
        given,
      );
    default:
      return state satisfies never;
  }
}

/** A person's word: never refused, never counted, and whatever crashed before is forgiven. */
export function heed(supervision: Supervision, event: IntentEvent, given: Given): Step {
  if (event.generation <= supervision.intent.generation) return stay(supervision);
  const want = event.type === 'down' ? 'down' : 'up';
  const fresh: Supervision = {
    ...supervision,
    intent: { want, generation: event.generation },
    crashes: [],
    repaired: false,
  };
  switch (event.type) {
    case 'up':
      return bringUp(fresh, given);
    case 'down':
      return takeDown(fresh, { to: 'idle' }, event.manner, given);
    case 'restart':
      return takeDown(fresh, { to: 'launch', adopt: false }, event.manner, given);
    default:
      return event satisfies never;
  }
}
