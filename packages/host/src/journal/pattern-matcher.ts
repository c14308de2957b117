import { Worker } from 'node:worker_threads';
import { type Clock, GatewayError } from '@deskclaw/core';
import { describeProblem } from '@deskclaw/protocol';

/** Thousands of log lines take a few ms with a pattern that does not backtrack. */
const MATCH_TIMEOUT_MS = 2_000;

/** Text, so that a bundle of one file can start it. */
const workerProgram = `
const { parentPort, workerData } = require('node:worker_threads');
const pattern = new RegExp(workerData, 'u');
parentPort.on('message', (texts) => parentPort.postMessage(texts.map((text) => pattern.test(text))));
`;

interface PendingMatch {
  readonly texts: readonly string[];
  readonly resolve: (matches: readonly boolean[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Runs a regular expression of a user in a thread of its own. A backtracking one ("^(a+)+$") can run for years, and
 * nothing stops it in the thread that runs it: in a host that thread is the supervisor's.
 */
export class PatternMatcher {
  readonly #pattern: string;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #waiting: PendingMatch[] = [];
  #worker: Worker | undefined;
  #running: PendingMatch | undefined;
  #cancelTimeout: (() => void) | undefined;

  /** @param timeoutMs for the texts of one call, from when the thread runs. Default 2000. */
  constructor(pattern: string, clock: Clock, timeoutMs = MATCH_TIMEOUT_MS) {
    this.#pattern = pattern;
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Resolves with one answer for each text. Calls are answered in order.
   * @throws GatewayError `request.invalid` where the pattern took too long; later calls start again.
   */
  match(texts: readonly string[]): Promise<readonly boolean[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ texts, resolve, reject });
      this.#next();
    });
  }

  /** Ends the thread. Calls that are not answered yet are never answered. */
  close(): void {
    this.#waiting.length = 0;
    this.#stop();
  }

  #next(): void {
    if (this.#running !== undefined) return;
    this.#running = this.#waiting.shift();
    if (this.#running === undefined) return;
    if (this.#worker === undefined) this.#start();
    else this.#send(this.#worker, this.#running);
  }

  #start(): void {
    const worker = new Worker(workerProgram, { eval: true, workerData: this.#pattern });
    this.#worker = worker;
    worker.on('message', (matches: readonly boolean[]) => {
      const answered = this.#running;
      this.#cancelTimeout?.();
      this.#running = undefined;
      answered?.resolve(matches);
      this.#next();
    });
    worker.on('error', (error) => this.#fail(error));
    worker.once('online', () => {
      if (this.#running !== undefined) this.#send(worker, this.#running);
    });
  }

  #send(worker: Worker, { texts }: PendingMatch): void {
    worker.postMessage(texts);
    this.#cancelTimeout = this.#clock.schedule(this.#timeoutMs, () => this.#fail(this.#tooSlow()), { keepAlive: true });
  }

  #fail(error: unknown): void {
    const failed = this.#running;
    this.#stop();
    failed?.reject(error);
    this.#next();
  }

  #stop(): void {
    this.#cancelTimeout?.();
    void this.#worker?.terminate();
    this.#worker = undefined;
    this.#running = undefined;
  }

  #tooSlow(): GatewayError {
    const seconds = String(this.#timeoutMs / 1_000);
    const detail = `The pattern "${this.#pattern}" was stopped after ${seconds} s: it takes too long on these lines. Use one without nested repetitions, such as "a+" for "(a+)+".`;
    return new GatewayError(describeProblem('request.invalid', { detail }, this.#clock.wallTime()));
  }
}
