import { isObject } from '@deskclaw/protocol';

interface RunRef {
  readonly runId: string;
  /** Absent in some events about a run that is known by then. */
  readonly sessionKey?: string;
}

/** Meaning of one gateway event for one run, in one form for both dialects and every OpenClaw version. */
export type ChatSignal = RunRef &
  (
    | { readonly kind: 'begun' }
    | { readonly kind: 'phase'; readonly phase: string }
    /** `whole` is the reply so far and takes precedence over `added`. */
    | { readonly kind: 'text'; readonly whole?: string; readonly added?: string; readonly replace: boolean }
    /** The final event of the run. */
    | { readonly kind: 'ended'; readonly as: RunOutcome; readonly text?: string; readonly error?: string }
    /** The run is ending; its final event should follow, or the gateway may try again. */
    | { readonly kind: 'ending'; readonly as: RunOutcome; readonly error?: string }
    /** No model is left to try. */
    | { readonly kind: 'given-up' }
  );
export type RunOutcome = 'final' | 'error' | 'aborted';

type Fields = Readonly<Record<string, unknown>>;

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function runOf(payload: Fields): RunRef | undefined {
  const runId = text(payload['runId']);
  if (runId === undefined) return undefined;
  const sessionKey = text(payload['sessionKey']);
  return sessionKey === undefined ? { runId } : { runId, sessionKey };
}

/** Returns the text of a message: a plain string, or its joined text blocks. */
export function messageText(message: unknown): string | undefined {
  if (!isObject(message)) return undefined;
  const { content } = message;
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return text(message['text']);
  const blocks: readonly unknown[] = content;
  return blocks
    .map((block) => (isObject(block) && block['type'] === 'text' ? (text(block['text']) ?? '') : ''))
    .join('');
}

function optional<K extends string>(key: K, value: string | undefined): { readonly [key in K]?: string } {
  const found: { [key in K]?: string } = {};
  if (value !== undefined) found[key] = value;
  return found;
}

/** OpenClaw's `chat` events. 2026.2.3-1 sends no `deltaText`; `replace` and `status` came later. */
function readChat(payload: Fields): ChatSignal | undefined {
  const run = runOf(payload);
  if (run === undefined) return undefined;
  const whole = messageText(payload['message']);
  switch (payload['state']) {
    case 'status': {
      const phase = text(payload['phase']);
      return phase === undefined ? undefined : { ...run, kind: 'phase', phase };
    }
    case 'delta':
      return {
        ...run,
        kind: 'text',
        ...optional('whole', whole),
        ...optional('added', text(payload['deltaText'])),
        replace: payload['replace'] === true,
      };
    case 'final':
    case 'aborted':
      return { ...run, kind: 'ended', as: payload['state'], ...optional('text', whole) };
    case 'error':
      return {
        ...run,
        kind: 'ended',
        as: 'error',
        ...optional('text', whole),
        ...optional('error', text(payload['errorMessage'])),
      };
    default:
      return undefined;
  }
}

function readLifecycle(run: RunRef, data: Fields): ChatSignal | undefined {
  const aborted = data['aborted'] === true;
  switch (data['phase']) {
    case 'start':
      return { ...run, kind: 'begun' };
    case 'end':
      return { ...run, kind: 'ending', as: aborted ? 'aborted' : 'final' };
    case 'error':
      return {
        ...run,
        kind: 'ending',
        as: aborted ? 'aborted' : 'error',
        ...optional('error', text(data['error'])),
      };
    case 'fallback_step':
      return data['fallbackStepFinalOutcome'] === 'chain_exhausted' ? { ...run, kind: 'given-up' } : undefined;
    default:
      return undefined;
  }
}

/** OpenClaw's `agent` events: the run as its engine sees it. Their text is left alone: `chat` carries the same, cleaned of internal marks. */
function readAgent(payload: Fields): ChatSignal | undefined {
  const run = runOf(payload);
  const data = payload['data'];
  if (run === undefined || !isObject(data)) return undefined;
  if (payload['stream'] === 'lifecycle') return readLifecycle(run, data);
  const phase = text(data['phase']);
  return payload['stream'] === 'run_status' && phase !== undefined ? { ...run, kind: 'phase', phase } : undefined;
}

/** `chat.message_received` of a JSON-RPC gateway. */
function readMessage(payload: Fields): ChatSignal | undefined {
  const run = runOf(payload);
  const whole = text(payload['text']);
  if (run === undefined || whole === undefined || payload['role'] === 'user') return undefined;
  switch (payload['state']) {
    case 'delta':
      return { ...run, kind: 'text', whole, replace: false };
    case 'final':
    case 'error':
    case 'aborted':
      return {
        ...run,
        kind: 'ended',
        as: payload['state'],
        text: whole,
        ...optional('error', text(payload['error'])),
      };
    default:
      return undefined;
  }
}

/** Returns what a notification means for a run; `undefined` where it is about none. */
export function readChatSignal(method: string, params: unknown): ChatSignal | undefined {
  if (!isObject(params)) return undefined;
  switch (method) {
    case 'chat':
      return readChat(params);
    case 'agent':
      return readAgent(params);
    case 'chat.message_received':
      return readMessage(params);
    default:
      return undefined;
  }
}
