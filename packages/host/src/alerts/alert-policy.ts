import type { GatewayStatus, Problem } from '@deskclaw/protocol';

/** When alerts are sent; all in ms. */
export interface AlertPolicy {
  /** How long the gateway must be down before that is reported: most interruptions are over sooner. */
  readonly afterMs: number;
  readonly maxPerHour: number;
  /** Since midnight, local time. `from` after `to` spans midnight. */
  readonly quiet?: { readonly from: number; readonly to: number };
}

export type AlertKind = Alert['kind'];
export type Alert =
  | { readonly kind: 'down'; readonly downForMs: number; readonly problem: Problem | undefined }
  /** DeskClaw does not try again by itself. Told at any hour. */
  | { readonly kind: 'given-up'; readonly downForMs: number; readonly problem: Problem | undefined }
  | { readonly kind: 'back'; readonly downForMs: number; readonly problem: Problem | undefined }
  /** What the quiet hours or the limit held back, and is over. */
  | { readonly kind: 'held-back'; readonly interruptions: number; readonly downForMs: number }
  /** A step of the recovery ladder was taken, or waits for the user. */
  | { readonly kind: 'recovery'; readonly message: string; readonly asks: boolean }
  | { readonly kind: 'test' };

/** How the gateway is, as far as alerts care. `unwanted`: stopped, or on its way there, because a user asked for that. */
type Condition = 'unwanted' | 'starting' | 'up' | 'down' | 'given-up';

type Outage = {
  readonly name: 'outage';
  readonly since: number;
  readonly problem: Problem | undefined;
  readonly gaveUp: boolean;
  /** What was sent about it. `held`: would have been, but for the quiet hours or the limit. */
  readonly reported: 'nothing' | 'held' | 'sent';
};

export interface AlertState {
  /** `idle`: the gateway has not run since the last start, so the command that started it tells how that went. */
  readonly phase: { readonly name: 'idle' } | { readonly name: 'up' } | Outage;
  /** Outages that were held back and are over. */
  readonly held: { readonly interruptions: number; readonly downForMs: number };
  /** When alerts were sent within the last hour. */
  readonly sentAt: readonly number[];
}

export const initialAlertState: AlertState = {
  phase: { name: 'idle' },
  held: { interruptions: 0, downForMs: 0 },
  sentAt: [],
};

export interface AlertTime {
  /** Monotonic ms. */
  readonly now: number;
  /** Since midnight, local time, ms. */
  readonly msOfDay: number;
}

export interface AlertStep {
  readonly state: AlertState;
  readonly alerts: readonly Alert[];
  /** After how long `passTime` has something to do; `undefined`: only a status can change anything. */
  readonly wakeInMs: number | undefined;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

function conditionOf({ state, health, recovery }: GatewayStatus): Condition {
  // DeskClaw still tries: what it stops and starts on the way is no end of the interruption.
  if (recovery?.state === 'recovering' && state !== 'running') return 'down';
  switch (state) {
    case 'running':
      return health === 'unresponsive' || health === 'down' ? 'down' : 'up';
    case 'reconnecting':
      return 'down';
    case 'error':
      return 'given-up';
    case 'starting':
      return 'starting';
    case 'stopping':
    case 'stopped':
      return 'unwanted';
    default:
      return state satisfies never;
  }
}

function isQuiet({ quiet }: AlertPolicy, { msOfDay }: AlertTime): boolean {
  if (quiet === undefined || quiet.from === quiet.to) return false;
  const { from, to } = quiet;
  return from < to ? msOfDay >= from && msOfDay < to : msOfDay >= from || msOfDay < to;
}

function phaseAfter(
  { phase }: AlertState,
  condition: Condition,
  problem: Problem | undefined,
  now: number,
): AlertState['phase'] {
  switch (condition) {
    case 'unwanted':
      return { name: 'idle' };
    case 'up':
      return { name: 'up' };
    case 'starting':
    case 'down':
    case 'given-up': {
      if (phase.name === 'idle') return phase;
      const before: Outage =
        phase.name === 'outage' ? phase : { name: 'outage', since: now, problem, gaveUp: false, reported: 'nothing' };
      return { ...before, problem: problem ?? before.problem };
    }
    default:
      return condition satisfies never;
  }
}

/** Adds up the alerts of one step: each is sent, or held back by the quiet hours or the limit. */
class Outbox {
  readonly alerts: Alert[] = [];
  readonly #policy: AlertPolicy;
  readonly #isQuiet: boolean;
  readonly #now: number;
  #sentAt: readonly number[];

  constructor(policy: AlertPolicy, time: AlertTime, sentAt: readonly number[]) {
    this.#policy = policy;
    this.#isQuiet = isQuiet(policy, time);
    this.#now = time.now;
    this.#sentAt = sentAt.filter((at) => time.now - at < HOUR_MS);
  }

  get sentAt(): readonly number[] {
    return this.#sentAt;
  }

  get isQuiet(): boolean {
    return this.#isQuiet;
  }

  /** Returns whether the alert is sent. */
  send(alert: Alert): boolean {
    const isUrgent = alert.kind === 'given-up' || (alert.kind === 'recovery' && alert.asks);
    if (!isUrgent && (this.#isQuiet || this.#sentAt.length >= this.#policy.maxPerHour)) return false;
    this.alerts.push(alert);
    this.#sentAt = [...this.#sentAt, this.#now];
    return true;
  }
}

function tellOutage(
  outage: Outage,
  condition: Condition | undefined,
  policy: AlertPolicy,
  now: number,
  outbox: Outbox,
): Outage {
  const { since, problem } = outage;
  const downForMs = now - since;
  if (condition === 'given-up' && !outage.gaveUp) {
    outbox.send({ kind: 'given-up', downForMs, problem });
    return { ...outage, gaveUp: true, reported: 'sent' };
  }
  if (outage.reported === 'sent' || downForMs < policy.afterMs) return outage;
  return { ...outage, reported: outbox.send({ kind: 'down', downForMs, problem }) ? 'sent' : 'held' };
}

function wakeInMs({ phase, held, sentAt }: AlertState, policy: AlertPolicy, time: AlertTime): number | undefined {
  const isHeld = held.interruptions > 0 || (phase.name === 'outage' && phase.reported === 'held');
  const waits: number[] = [];
  if (phase.name === 'outage' && phase.reported === 'nothing') waits.push(policy.afterMs - (time.now - phase.since));
  if (isHeld && policy.quiet !== undefined && isQuiet(policy, time))
    waits.push((policy.quiet.to - time.msOfDay + DAY_MS) % DAY_MS);
  else if (isHeld) waits.push(HOUR_MS - (time.now - (sentAt[0] ?? time.now)));
  return waits.length === 0 ? undefined : Math.max(0, Math.min(...waits));
}

function step(
  state: AlertState,
  condition: Condition | undefined,
  problem: Problem | undefined,
  policy: AlertPolicy,
  time: AlertTime,
): AlertStep {
  const outbox = new Outbox(policy, time, state.sentAt);
  const before = state.phase;
  let phase = condition === undefined ? before : phaseAfter(state, condition, problem, time.now);
  let { held } = state;
  if (before.name === 'outage' && phase.name === 'up') {
    const downForMs = time.now - before.since;
    const isReported = before.reported === 'sent' && outbox.send({ kind: 'back', downForMs, problem: before.problem });
    if (!isReported && before.reported !== 'nothing')
      held = { interruptions: held.interruptions + 1, downForMs: held.downForMs + downForMs };
  }
  if (held.interruptions > 0 && outbox.send({ kind: 'held-back', ...held })) held = initialAlertState.held;
  if (phase.name === 'outage') phase = tellOutage(phase, condition, policy, time.now, outbox);
  const next: AlertState = { phase, held, sentAt: outbox.sentAt };
  return { state: next, alerts: outbox.alerts, wakeInMs: wakeInMs(next, policy, time) };
}

/** Judges a new status of the gateway. */
export function noteStatus(state: AlertState, status: GatewayStatus, policy: AlertPolicy, time: AlertTime): AlertStep {
  return step(state, conditionOf(status), status.problem, policy, time);
}

/** Reports a step of the recovery ladder; what the quiet hours or the limit hold back is in the history. */
export function noteRecovery(
  state: AlertState,
  { message, asks }: { readonly message: string; readonly asks: boolean },
  policy: AlertPolicy,
  time: AlertTime,
): AlertStep {
  const outbox = new Outbox(policy, time, state.sentAt);
  outbox.send({ kind: 'recovery', message, asks });
  const next = { ...state, sentAt: outbox.sentAt };
  return { state: next, alerts: outbox.alerts, wakeInMs: wakeInMs(next, policy, time) };
}

/** Judges that time has passed while the status stayed as it was. */
export function passTime(state: AlertState, policy: AlertPolicy, time: AlertTime): AlertStep {
  return step(state, undefined, undefined, policy, time);
}
