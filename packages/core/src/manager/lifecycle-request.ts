/** What the user wants, apart from what is: the newest wish wins, and nobody's wish is swallowed. */
export interface UserIntent {
  readonly want: 'up' | 'down';
  /** Counts wishes that changed something; asynchronous work carries the one it was started for. */
  readonly generation: number;
}

export type OperationKind = 'start' | 'stop' | 'restart';
export interface Operation {
  readonly kind: OperationKind;
  readonly generation: number;
}

export type Decision =
  /** A new generation begins; an operation under way is superseded or aborted. */
  | { readonly kind: 'begin'; readonly intent: UserIntent }
  /** The same is under way: wait for it. */
  | { readonly kind: 'join'; readonly operation: Operation }
  /** It is true already. */
  | { readonly kind: 'already' }
  /** It is up, but not reachable just now: nothing new begins, the next attempt is made at once. */
  | { readonly kind: 'reconnect' };

export interface Situation {
  readonly intent: UserIntent;
  readonly operation: Operation | undefined;
  /** `recovering`: on its own way back; `failed`: given up until asked again (where it was to stop: it could not be ended). */
  readonly condition: 'stopped' | 'running' | 'recovering' | 'failed';
}

function begin(situation: Situation, want: UserIntent['want']): Decision {
  return { kind: 'begin', intent: { want, generation: situation.intent.generation + 1 } };
}

function decideStart(situation: Situation): Decision {
  const { intent, operation } = situation;
  if (intent.want === 'down') return begin(situation, 'up');
  if (operation !== undefined) return { kind: 'join', operation };
  switch (situation.condition) {
    case 'running':
      return { kind: 'already' };
    case 'recovering':
      return { kind: 'reconnect' };
    case 'failed':
    case 'stopped':
      return begin(situation, 'up');
    default:
      return situation.condition satisfies never;
  }
}

/** What a user's request means in a situation (behaviour, section 5: never refused, never swallowed, never counted). */
export function decide(situation: Situation, request: OperationKind): Decision {
  const { intent, operation } = situation;
  switch (request) {
    case 'start':
      return decideStart(situation);
    case 'stop':
      if (intent.want === 'up') return begin(situation, 'down');
      if (operation !== undefined) return { kind: 'join', operation };
      return situation.condition === 'failed' ? begin(situation, 'down') : { kind: 'already' };
    case 'restart':
      if (operation?.kind === 'restart') return { kind: 'join', operation };
      return begin(situation, 'up');
    default:
      return request satisfies never;
  }
}
