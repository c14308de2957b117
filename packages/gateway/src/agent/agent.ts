import { type Clock, pause } from '../ports/clock.ts';

export interface AgentTurn {
  readonly role: 'system' | 'user' | 'assistant';
  readonly text: string;
}

/** Where a reply comes from, for events and status. */
export interface AgentLabel {
  readonly provider: string;
  readonly model: string;
}

/** Answers one message. The pieces joined are the reply; a throw is a failure whose message people will read. */
export interface Agent {
  readonly label: AgentLabel;
  reply(turns: readonly AgentTurn[], signal: AbortSignal): AsyncIterable<string>;
}

const PIECE_MS = 15;
/** Longer messages are sent in larger pieces, so that no echo takes more than this number of steps. */
const MAX_PIECES = 60;

/** Creates an agent that repeats the message word by word and says that it is only an echo. */
export function createEchoAgent(clock: Clock): Agent {
  return {
    label: { provider: 'builtin', model: 'echo' },
    async *reply(turns, signal) {
      const pieces = splitIntoPieces(`Echo (no model configured): ${lastUserText(turns)}`);
      for (const [index, piece] of pieces.entries()) {
        if (index > 0) await pause(clock, PIECE_MS, signal);
        if (signal.aborted) return;
        yield piece;
      }
    },
  };
}

function lastUserText(turns: readonly AgentTurn[]): string {
  return turns.findLast((turn) => turn.role === 'user')?.text ?? '';
}

/** Splits text into words with the space before them; joined, they are the text again. */
export function splitIntoPieces(text: string): readonly string[] {
  const words = text.match(/\s*\S+|\s+$/g) ?? [];
  const perPiece = Math.ceil(words.length / MAX_PIECES);
  const pieces: string[] = [];
  for (let at = 0; at < words.length; at += perPiece) pieces.push(words.slice(at, at + perPiece).join(''));
  return pieces;
}
