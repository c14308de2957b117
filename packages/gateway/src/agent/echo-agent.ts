import { type Clock, pause } from '../ports/clock.ts';
import type { Agent, AgentTurn } from './agent.ts';

const PIECE_MS = 15;
/** A long message is said in larger pieces, so that no echo lasts longer than this many steps. */
const MAX_PIECES = 60;

/** Says what it heard, word by word, and says that it is only an echo. */
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

/** Words with the space before them; joined they are the text again. */
export function splitIntoPieces(text: string): readonly string[] {
  const words = text.match(/\s*\S+|\s+$/g) ?? [];
  const perPiece = Math.ceil(words.length / MAX_PIECES);
  const pieces: string[] = [];
  for (let at = 0; at < words.length; at += perPiece) pieces.push(words.slice(at, at + perPiece).join(''));
  return pieces;
}
