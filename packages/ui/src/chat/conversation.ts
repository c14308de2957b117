import type { ChatUpdate } from '@deskclaw/core/client';
import type { Problem } from '@deskclaw/protocol';

/** A message of the user. `id` is also its idempotency key. */
export interface UserMessage {
  readonly kind: 'user';
  readonly id: string;
  readonly text: string;
  readonly at: number;
  readonly delivery: Delivery;
}
export type Delivery =
  | { readonly name: 'sending' }
  | { readonly name: 'delivered'; readonly runId: string | undefined }
  /** The gateway certainly did not accept it. */
  | { readonly name: 'refused'; readonly problem: Problem }
  /** Sent, then the connection was lost: arrival is unknown. */
  | { readonly name: 'unconfirmed' };

/** A message of the agent. */
export interface AssistantMessage {
  readonly kind: 'assistant';
  readonly id: string;
  readonly runId: string;
  readonly at: number;
  readonly state: ReplyState;
  /** The reply so far: its last `REPLY_CHARACTER_LIMIT` characters. */
  readonly text: string;
  /** The untruncated length in characters. */
  readonly length: number;
  /** What the gateway is doing before the first text. */
  readonly phase: string | undefined;
  readonly error: string | undefined;
}
/**
 * `broken`: the way to the gateway was lost amid the reply; more of it may still come. `stopped`: the gateway was stopped amid
 * the reply. `unconfirmed`: none came, and nobody can tell.
 */
export type ReplyState = 'waiting' | 'streaming' | 'final' | 'error' | 'aborted' | 'broken' | 'stopped' | 'unconfirmed';

export type Message = UserMessage | AssistantMessage;

export interface ChatState {
  readonly sessionKey: string;
  /** Oldest first. */
  readonly messages: readonly Message[];
  /** Older messages that made room. */
  readonly dropped: number;
}

export type ChatEvent =
  | { readonly type: 'sent'; readonly id: string; readonly text: string; readonly at: number }
  | { readonly type: 'resent'; readonly id: string }
  | { readonly type: 'accepted'; readonly id: string; readonly runId: string | undefined; readonly at: number }
  | { readonly type: 'refused'; readonly id: string; readonly problem: Problem }
  | { readonly type: 'unconfirmed'; readonly id: string }
  | { readonly type: 'discarded'; readonly id: string }
  | { readonly type: 'updated'; readonly update: ChatUpdate; readonly at: number }
  /** `lost`: the connection was lost. `stopped`: the gateway is being stopped, as requested. */
  | { readonly type: 'interrupted'; readonly by: 'lost' | 'stopped' }
  | { readonly type: 'history-loaded'; readonly messages: readonly Message[] };

export const MESSAGE_LIMIT = 200;
/** More than a person reads at a sitting; a reply of 10 MB must not cost 10 MB of page. */
export const REPLY_CHARACTER_LIMIT = 100_000;

export function emptyChat(sessionKey: string): ChatState {
  return { sessionKey, messages: [], dropped: 0 };
}

export function isInProgress(reply: AssistantMessage): boolean {
  return reply.state === 'waiting' || reply.state === 'streaming';
}

/** Returns the state of a reply after an interruption. A stop also settles what an earlier loss left open. */
function interrupted(reply: AssistantMessage, by: 'lost' | 'stopped'): ReplyState {
  if (by === 'stopped') return isInProgress(reply) || reply.state === 'broken' ? 'stopped' : reply.state;
  return isInProgress(reply) ? 'broken' : reply.state;
}

function bounded(state: ChatState, messages: readonly Message[]): ChatState {
  const stored = messages.slice(-MESSAGE_LIMIT);
  return { ...state, messages: stored, dropped: state.dropped + messages.length - stored.length };
}

function withDelivery(state: ChatState, id: string, delivery: Delivery): ChatState {
  const messages = state.messages.map((message) =>
    message.kind === 'user' && message.id === id ? { ...message, delivery } : message,
  );
  return { ...state, messages };
}

function findReply(state: ChatState, runId: string): AssistantMessage | undefined {
  return state.messages.filter((message) => message.kind === 'assistant').find((reply) => reply.runId === runId);
}

function putReply(state: ChatState, reply: AssistantMessage): ChatState {
  const at = state.messages.findIndex((message) => message.kind === 'assistant' && message.id === reply.id);
  return at === -1
    ? bounded(state, [...state.messages, reply])
    : { ...state, messages: state.messages.with(at, reply) };
}

function blankReply(runId: string, at: number): AssistantMessage {
  return {
    kind: 'assistant',
    id: `reply:${runId}`,
    runId,
    at,
    state: 'waiting',
    text: '',
    length: 0,
    phase: undefined,
    error: undefined,
  };
}

/** A gateway may use the full session key ("agent:main:main") where we use its last part. */
function isSession(named: string, ours: string): boolean {
  return named === ours || named.endsWith(`:${ours}`);
}

const replyStates: Readonly<Record<ChatUpdate['state'], ReplyState>> = {
  status: 'waiting',
  delta: 'streaming',
  final: 'final',
  error: 'error',
  aborted: 'aborted',
  unconfirmed: 'unconfirmed',
};

function updated(state: ChatState, update: ChatUpdate, at: number): ChatState {
  const known = findReply(state, update.runId);
  if (known === undefined && !isSession(update.sessionKey, state.sessionKey)) return state;
  const before = known ?? blankReply(update.runId, at);
  // A message that the gateway merged into a running reply is answered there.
  if (update.answeredBy !== undefined && update.text === '') {
    return { ...state, messages: state.messages.filter((message) => message.id !== before.id) };
  }
  const text = update.text === '' ? before.text : update.text.slice(-REPLY_CHARACTER_LIMIT);
  return putReply(state, {
    ...before,
    state: update.state === 'status' && before.text !== '' ? 'streaming' : replyStates[update.state],
    text,
    length: Math.max(text.length, update.text.length),
    phase: update.phase ?? before.phase,
    error: update.error,
  });
}

function accepted(state: ChatState, event: Extract<ChatEvent, { type: 'accepted' }>): ChatState {
  const { id, runId, at } = event;
  const next = withDelivery(state, id, { name: 'delivered', runId });
  return runId === undefined || findReply(next, runId) !== undefined ? next : putReply(next, blankReply(runId, at));
}

/**
 * Loads the history into an empty page. A page with messages takes only the ends of interrupted replies: the two lists
 * identify messages differently, so merging them would show duplicates.
 */
function withHistory(state: ChatState, past: readonly Message[]): ChatState {
  if (state.messages.length === 0) return bounded(state, past);
  const messages = state.messages.map((message) => {
    if (message.kind !== 'assistant' || (message.state !== 'broken' && message.state !== 'stopped')) return message;
    return past.find((reported) => reported.kind === 'assistant' && reported.runId === message.runId) ?? message;
  });
  return { ...state, messages };
}

export function reduceChat(state: ChatState, event: ChatEvent): ChatState {
  switch (event.type) {
    case 'sent': {
      const { id, text, at } = event;
      return bounded(state, [...state.messages, { kind: 'user', id, text, at, delivery: { name: 'sending' } }]);
    }
    case 'resent':
      return withDelivery(state, event.id, { name: 'sending' });
    case 'accepted':
      return accepted(state, event);
    case 'refused':
      return withDelivery(state, event.id, { name: 'refused', problem: event.problem });
    case 'unconfirmed':
      return withDelivery(state, event.id, { name: 'unconfirmed' });
    case 'discarded':
      return { ...state, messages: state.messages.filter((message) => message.id !== event.id) };
    case 'updated':
      return updated(state, event.update, event.at);
    case 'interrupted': {
      const messages = state.messages.map((message) =>
        message.kind === 'assistant' ? { ...message, state: interrupted(message, event.by) } : message,
      );
      return { ...state, messages };
    }
    case 'history-loaded':
      return withHistory(state, event.messages);
    default:
      return event satisfies never;
  }
}
