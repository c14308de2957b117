import { isObject } from '@deskclaw/protocol';

/** How the model server answers one request; the user's message chooses it in square brackets. */
export interface Script {
  /** Parts of the reply, streamed one by one. */
  readonly pieces: readonly string[];
  /** Between two pieces, ms. */
  readonly pauseMs: number;
  /** After all pieces. `hang`: nothing more, and no end. `cut`: the connection breaks. */
  readonly ending: 'end' | 'hang' | 'cut';
  /** Instead of an answer. */
  readonly status?: number;
}

/** OpenClaw adds this user message after the user's own (2026.9.6); it is not for echoing. */
const INTERNAL = 'OPENCLAW_INTERNAL_CONTEXT';

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  const parts: readonly unknown[] = content;
  return parts.map((part) => (isObject(part) && typeof part['text'] === 'string' ? part['text'] : '')).join('');
}

/** The last message that a person wrote, without what OpenClaw wraps around it: the time and a block about the sender before, an id and its runtime after. */
export function lastUserText(messages: unknown): string {
  const list: readonly unknown[] = Array.isArray(messages) ? messages : [];
  const written = list
    .filter((message) => isObject(message) && message['role'] === 'user')
    .map((message) => (isObject(message) ? textOf(message['content']) : ''))
    .filter((text) => !text.includes(INTERNAL));
  const text = written.at(-1) ?? '';
  return text
    .replace(/^[\s\S]*```\s*\n(?=\[)/, '')
    .replace(/^\[\w{3} \d{4}-\d\d-\d\d \d\d:\d\d[^\]]*\] /, '')
    .replace(/\n\[message_id: [^\]]*\]\s*$/, '')
    .replace(/\n\nRuntime: agent=[\s\S]*$/, '');
}

function directive(text: string, name: string): number | undefined {
  const found = new RegExp(`\\[${name}(?: (\\d+))?\\]`).exec(text);
  return found === null ? undefined : Number(found[1] ?? 0);
}

/**
 * `[chunks N]`: N words instead of an echo. `[slow MS]`: a pause before each piece. `[hang N]`, `[cut N]`: only N pieces,
 * then silence or a broken connection. `[fail STATUS]`: an HTTP error.
 */
export function readScript(text: string): Script {
  const status = directive(text, 'fail');
  const hang = directive(text, 'hang');
  const cut = directive(text, 'cut');
  const chunks = directive(text, 'chunks');
  const words =
    chunks === undefined
      ? `You said: ${text}`.split(/(?<= )/)
      : Array.from({ length: chunks }, (_, n) => (n === 0 ? 'w0' : ` w${String(n)}`));
  return {
    pieces: words.slice(0, hang ?? cut),
    pauseMs: directive(text, 'slow') ?? 0,
    ending: hang === undefined ? (cut === undefined ? 'end' : 'cut') : 'hang',
    ...(status === undefined ? {} : { status: status === 0 ? 400 : status }),
  };
}
