import { judge } from './judge.ts';
import { type Input, kindOf, type Target } from './target.ts';

/** Most inputs that are tried while one is shrunk. */
const MOST_TRIES = 3_000;

interface Shrunk {
  readonly input: Input;
  readonly reason: string;
}

/** Yields shorter forms: ever smaller pieces are left out, of the list first and then of each text. */
function* shorter(input: Input): Generator<Input> {
  for (let piece = Math.ceil(input.length / 2); piece >= 1; piece = piece === 1 ? 0 : Math.ceil(piece / 2))
    for (let at = 0; at < input.length; at += piece) yield input.toSpliced(at, piece);
  for (const [index, text] of input.entries()) {
    for (let piece = Math.ceil(text.length / 2); piece >= 1; piece = piece === 1 ? 0 : Math.ceil(piece / 2)) {
      for (let at = 0; at < text.length; at += piece)
        yield input.with(index, text.slice(0, at) + text.slice(at + piece));
    }
  }
}

/** Yields forms of the same length that are easier to read: each odd character as a plain one. */
function* plainer(input: Input): Generator<Input> {
  for (const [index, text] of input.entries()) {
    for (let at = 0; at < text.length; at += 1) {
      const unit = text.charCodeAt(at);
      if (unit < 0x20 || unit > 0x7e) yield input.with(index, `${text.slice(0, at)}a${text.slice(at + 1)}`);
    }
  }
}

/** Returns the smallest input found that breaks the same rule. */
export async function shrink(target: Target, input: Input, reason: string): Promise<Shrunk> {
  const kind = kindOf(reason);
  let least: Shrunk = { input, reason };
  let tries = 0;
  for (const candidates of [shorter, plainer]) {
    for (let isSmaller = true; isSmaller; ) {
      isSmaller = false;
      for (const candidate of candidates(least.input)) {
        tries += 1;
        if (tries > MOST_TRIES) return least;
        const outcome = await judge(target, candidate);
        if (!('reason' in outcome) || kindOf(outcome.reason) !== kind) continue;
        least = { input: candidate, reason: outcome.reason };
        isSmaller = true;
        break;
      }
    }
  }
  return least;
}
