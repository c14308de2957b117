import {
  describeLastOutput,
  describeProblem,
  describeStartFinding,
  type LastOutput,
  type ListeningAddress,
  type Problem,
  type StartFinding,
} from '@deskclaw/protocol';
import type { ConnectionState, DisconnectInfo } from '../connection/state.ts';
import type { Cancel, Clock } from '../ports/clock.ts';
import { type AttemptFact, findStartFinding, isWorthTelling } from '../process/start-finding.ts';

/** How often the facts are gathered: often enough to tell within five seconds, seldom enough to cost nothing. */
const CHECK_INTERVAL_MS = 1_000;

/** What is known about the process that starts; absent for a gateway that we did not start. */
export interface StartingProcess {
  readonly listens: () => Promise<readonly ListeningAddress[]>;
  readonly lastOutput: () => LastOutput | undefined;
}

export interface StartWatchDeps {
  readonly clock: Clock;
  readonly connection: () => ConnectionState;
  readonly address: () => { readonly host: string; readonly port: number; readonly url: string };
  /** Called with each new finding, told or not. */
  readonly found: (finding: StartFinding, said: LastOutput | undefined) => void;
  /** Called when the note or the problem has changed. */
  readonly changed: () => void;
}

interface Reported {
  readonly note: string;
  readonly problem: Problem | undefined;
}

/** Reads what the end of an attempt says about the other side. */
function attemptFactOf({ failure, close }: DisconnectInfo): AttemptFact {
  const socket = close?.failure;
  if (failure.problem.code === 'gateway.not-a-gateway' && socket?.answer !== undefined)
    return { kind: 'http', answer: socket.answer };
  return socket?.code === 'ECONNREFUSED' ? { kind: 'refused' } : { kind: 'other' };
}

/** Returns the problem of a finding that needs a change; the others may be over in a moment. */
export function findingProblem(finding: StartFinding, said: LastOutput | undefined, at: number): Problem | undefined {
  const output = said === undefined ? {} : { said };
  switch (finding.kind) {
    case 'wrong-address':
      return describeProblem('gateway.wrong-address', { ...finding, ...output }, at);
    case 'not-a-gateway':
      return describeProblem('gateway.not-a-gateway', { ...finding, ...output }, at);
    case 'unanswered':
    case 'not-listening':
      return undefined;
    default:
      return finding satisfies never;
  }
}

/** Finds out, while a start is waited for, why it is not done: from the last attempt to connect and from what the system shows. */
export class StartWatch {
  readonly #deps: StartWatchDeps;
  #process: StartingProcess | undefined;
  #timer: Cancel | undefined;
  /** Counts starts and stops, so that facts of an earlier one are dropped. */
  #round = 0;
  #lastAttempt: AttemptFact = { kind: 'none' };
  #held: { readonly kind: StartFinding['kind']; readonly since: number } | undefined;
  #shown: Reported | undefined;
  #finding: StartFinding | undefined;
  #reported = '';

  constructor(deps: StartWatchDeps) {
    this.#deps = deps;
  }

  /** One or two sentences; `undefined` until something is worth telling. */
  get note(): string | undefined {
    return this.#shown?.note;
  }

  /** The newest finding, told or not. */
  get finding(): StartFinding | undefined {
    return this.#finding;
  }

  /** Set where something has to be changed. */
  get problem(): Problem | undefined {
    return this.#shown?.problem;
  }

  /** @returns a function that stops this watch, and none that began after it */
  start(process?: StartingProcess): () => void {
    this.stop();
    this.#process = process;
    this.#schedule();
    const round = this.#round;
    return () => {
      if (round === this.#round) this.stop();
    };
  }

  stop(): void {
    this.#round += 1;
    this.#timer?.();
    this.#timer = undefined;
    this.#process = undefined;
    this.#lastAttempt = { kind: 'none' };
    this.#held = undefined;
    this.#shown = undefined;
    this.#finding = undefined;
    this.#reported = '';
  }

  attemptEnded(ended: DisconnectInfo): void {
    const { code } = ended.failure.problem;
    // What was open and unanswered is the fact; that it was given up adds nothing.
    if (code !== 'connection.timeout') this.#lastAttempt = attemptFactOf(ended);
  }

  #schedule(): void {
    this.#timer = this.#deps.clock.schedule(CHECK_INTERVAL_MS, () => void this.#check());
  }

  #attempt(): AttemptFact {
    const connection = this.#deps.connection();
    const isOpen = connection.name === 'connecting' || connection.name === 'handshaking';
    if (!isOpen) return this.#lastAttempt;
    const waitedMs = this.#deps.clock.now() - connection.since;
    const step = connection.name === 'connecting' ? 'upgrade' : 'handshake';
    const open: AttemptFact = { kind: 'open', step, waitedMs };
    // An attempt that has only begun tells less than the one before.
    if (this.#lastAttempt.kind === 'none' || waitedMs >= CHECK_INTERVAL_MS) this.#lastAttempt = open;
    return this.#lastAttempt;
  }

  async #check(): Promise<void> {
    const round = this.#round;
    const { clock, address, found } = this.#deps;
    // Without a free descriptor nothing is seen of the process, which is evidence of nothing.
    const listens = await this.#process?.listens().catch(() => undefined);
    if (round !== this.#round) return;
    const { host, port, url } = address();
    const finding = findStartFinding({
      url,
      asked: { address: host, port },
      attempt: this.#attempt(),
      ...(listens === undefined ? {} : { listens }),
    });
    this.#finding = finding;
    const said = this.#process?.lastOutput();
    if (finding?.kind !== this.#held?.kind)
      this.#held = finding === undefined ? undefined : { kind: finding.kind, since: clock.now() };
    const key = JSON.stringify([finding, said]);
    if (finding !== undefined && key !== this.#reported) found(finding, said);
    this.#reported = key;
    this.#tell(finding, said);
    this.#schedule();
  }

  #tell(finding: StartFinding | undefined, said: LastOutput | undefined): void {
    const { clock, changed } = this.#deps;
    const heldMs = this.#held === undefined ? 0 : clock.now() - this.#held.since;
    const note =
      finding === undefined || !isWorthTelling(finding, heldMs)
        ? undefined
        : [describeStartFinding(finding), ...(this.#process === undefined ? [] : [describeLastOutput(said)])].join(' ');
    if (note === this.#shown?.note) return;
    const problem = finding === undefined ? undefined : findingProblem(finding, said, clock.wallTime());
    this.#shown = note === undefined ? undefined : { note, problem };
    changed();
  }
}
