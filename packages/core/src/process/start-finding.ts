import type { HttpAnswer, ListeningAddress, StartFinding } from '@deskclaw/protocol';

/** What the last attempt to connect met. */
export type AttemptFact =
  | { readonly kind: 'none' }
  /** Nothing accepts connections there. */
  | { readonly kind: 'refused' }
  | { readonly kind: 'http'; readonly answer: HttpAnswer }
  /** Connected, or so the system says, and without an answer for this long, ms. */
  | { readonly kind: 'open'; readonly step: 'upgrade' | 'handshake'; readonly waitedMs: number }
  /** Any other failure, which explains itself. */
  | { readonly kind: 'other' };

export interface StartFacts {
  readonly url: string;
  readonly asked: ListeningAddress;
  readonly attempt: AttemptFact;
  /** Where the processes of the gateway listen; absent for a gateway that we did not start. */
  readonly listens?: readonly ListeningAddress[];
}

/** An answer that takes longer is missing: gateways on this machine answer within 15 ms, and a busy one within two seconds. */
const UNANSWERED_MS = 2_000;

const everywhere: Readonly<Record<string, readonly string[]>> = {
  '0.0.0.0': ['0.0.0.0', '127.0.0.1', 'localhost'],
  '::': ['::', '::1', '0.0.0.0', '127.0.0.1', 'localhost'],
  '127.0.0.1': ['localhost'],
  '::1': ['localhost'],
};

/** Whether a listener is reached by connecting to the address. */
function reaches(listener: ListeningAddress, asked: ListeningAddress): boolean {
  if (listener.port !== asked.port) return false;
  const host = asked.address.replace(/^\[|\]$/g, '');
  return listener.address === host || (everywhere[listener.address] ?? []).includes(host);
}

/** Returns why a start is not done yet; `undefined` while the facts explain nothing. */
export function findStartFinding({ url, asked, attempt, listens }: StartFacts): StartFinding | undefined {
  switch (attempt.kind) {
    case 'http':
      return { kind: 'not-a-gateway', url, answer: attempt.answer };
    case 'open':
      return attempt.waitedMs >= UNANSWERED_MS ? { kind: 'unanswered', url, step: attempt.step } : undefined;
    case 'none':
    case 'refused':
      if (listens === undefined || listens.some((each) => reaches(each, asked))) return undefined;
      return listens.length === 0 ? { kind: 'not-listening' } : { kind: 'wrong-address', asked, listens };
    case 'other':
      return undefined;
    default:
      return attempt satisfies never;
  }
}

/** What is told at once; another finding may be a step of an ordinary boot, and has to hold for this long, ms. */
const holdMs: Readonly<Record<StartFinding['kind'], number>> = {
  'not-a-gateway': 0,
  unanswered: 0,
  // A program may open a port of its own before that of the gateway.
  'wrong-address': 900,
  'not-listening': 1_900,
};

/** Returns whether a finding is told, `heldMs` after it was first made. */
export function isWorthTelling({ kind }: StartFinding, heldMs: number): boolean {
  return heldMs >= holdMs[kind];
}
