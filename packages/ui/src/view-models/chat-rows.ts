import {
  type AssistantMessage,
  type ChatState,
  type Delivery,
  isInProgress,
  type Message,
} from '../chat/conversation.ts';

export interface ChatRow {
  readonly id: string;
  readonly author: 'user' | 'agent';
  readonly text: string;
  /** How many characters of it there are in all. */
  readonly length: number;
  /** Text below the message, if any. */
  readonly note: string | undefined;
  readonly status: 'plain' | 'busy' | 'trouble';
  readonly streaming: boolean;
  /** Actions offered below the message. */
  readonly can: readonly ('stop' | 'resend' | 'discard')[];
  readonly runId: string | undefined;
}

function deliveryNote(delivery: Delivery): Pick<ChatRow, 'note' | 'status' | 'can'> {
  switch (delivery.name) {
    case 'sending':
      return { note: 'Sending…', status: 'busy', can: [] };
    case 'delivered':
      return { note: undefined, status: 'plain', can: [] };
    case 'refused': {
      const note = `Not sent. ${delivery.problem.title}: ${delivery.problem.detail}`;
      return { note, status: 'trouble', can: ['resend', 'discard'] };
    }
    case 'unconfirmed':
      return {
        note: 'Delivery unconfirmed. The connection was lost before the gateway answered, so your message may not have arrived.',
        status: 'trouble',
        can: ['resend', 'discard'],
      };
    default:
      return delivery satisfies never;
  }
}

const phases: Readonly<Record<string, string>> = {
  preparing_workspace: 'Preparing the workspace…',
  preparing_context: 'Gathering context…',
  starting_model: 'Starting the model…',
  started: 'Thinking…',
  queued: 'Waiting for another message to finish…',
  retrying: 'Retrying…',
};

function replyNote(reply: AssistantMessage): Pick<ChatRow, 'note' | 'status' | 'can'> {
  switch (reply.state) {
    case 'waiting':
      return { note: phases[reply.phase ?? 'started'] ?? 'Working…', status: 'busy', can: ['stop'] };
    case 'streaming':
      return { note: undefined, status: 'busy', can: ['stop'] };
    case 'final':
      return { note: reply.text === '' ? 'No reply' : undefined, status: 'plain', can: [] };
    case 'aborted':
      return { note: 'Stopped', status: 'plain', can: [] };
    case 'error':
      return { note: `Failed: ${reply.error ?? 'the gateway did not give a reason'}`, status: 'trouble', can: [] };
    case 'broken':
      return {
        note: 'The connection was lost here. The rest of the reply may still arrive.',
        status: 'trouble',
        can: [],
      };
    case 'stopped':
      return { note: 'The gateway was stopped before this reply was complete.', status: 'plain', can: [] };
    case 'unconfirmed':
      return { note: 'The connection was lost. How this reply ended is unknown.', status: 'trouble', can: [] };
    default:
      return reply.state satisfies never;
  }
}

/** Builds the row of a chat message. */
export function chatRow(message: Message): ChatRow {
  if (message.kind === 'user') {
    const { id, text, delivery } = message;
    const runId = delivery.name === 'delivered' ? delivery.runId : undefined;
    return { id, author: 'user', text, length: text.length, streaming: false, runId, ...deliveryNote(delivery) };
  }
  const { id, text, length, runId } = message;
  return { id, author: 'agent', text, length, runId, streaming: message.state === 'streaming', ...replyNote(message) };
}

/** Returns the screen reader announcement: that a reply started or ended, not its text. */
export function chatAnnouncement(chat: ChatState): string {
  const last = chat.messages.at(-1);
  if (last === undefined || last.kind === 'user') return '';
  switch (last.state) {
    case 'waiting':
    case 'streaming':
      return 'The agent is replying';
    case 'final':
      return 'The agent replied';
    case 'aborted':
    case 'stopped':
      return 'The reply was stopped';
    case 'error':
    case 'broken':
      return 'The reply failed';
    case 'unconfirmed':
      return 'How the reply ended is unknown';
    default:
      return last.state satisfies never;
  }
}

/** Returns what a stop or restart of the gateway would interrupt, as a sentence; `undefined` for nothing. */
export function interruptionOf({ messages }: ChatState): string | undefined {
  const { length } = messages.filter((message) => message.kind === 'assistant' && isInProgress(message));
  if (length === 0) return undefined;
  return length === 1
    ? 'The agent is still writing a reply, which would be cut off.'
    : `The agent is still writing ${String(length)} replies, which would be cut off.`;
}

/** Characters of an older message that are shown before "Show more". */
export const FOLDED_CHARACTERS = 4_000;

export interface Folded {
  readonly text: string;
  /** Characters at the beginning that are not shown. */
  readonly hidden: number;
}

/** Shortens a long text to whole lines at its end, where the result of a reply stands. A code block that began before stays one. */
export function foldText(text: string, limit = FOLDED_CHARACTERS): Folded {
  if (text.length <= limit) return { text, hidden: 0 };
  const cut = text.length - limit;
  const lineEnd = text.indexOf('\n', cut);
  // One line longer than the limit is cut where it is.
  const start = lineEnd === -1 || lineEnd === text.length - 1 ? cut : lineEnd + 1;
  const fences = text.slice(0, start).match(/^```/gmu)?.length ?? 0;
  return { text: `${fences % 2 === 0 ? '' : '```\n'}${text.slice(start)}`, hidden: start };
}

export interface Composer {
  readonly canSend: boolean;
  readonly placeholder: string;
}

export function composer(state: { readonly running: boolean; readonly reachable: boolean }): Composer {
  if (!state.reachable) return { canSend: false, placeholder: 'DeskClaw’s background service does not respond' };
  if (!state.running) return { canSend: false, placeholder: 'The gateway is not running' };
  return { canSend: true, placeholder: 'Message the agent' };
}

export interface Segment {
  readonly kind: 'text' | 'code';
  readonly text: string;
}

/** Splits off ``` blocks, the only block markup handled here. Everything stays text. */
export function segments(text: string): readonly Segment[] {
  return text.split(/^```[^\n]*\n?/mu).flatMap((part, index): readonly Segment[] => {
    const trimmed = part.replace(/\n$/u, '');
    return trimmed === '' ? [] : [{ kind: index % 2 === 0 ? 'text' : 'code', text: trimmed }];
  });
}
