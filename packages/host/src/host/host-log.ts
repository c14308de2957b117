import type { Clock } from '@deskclaw/core';
import { Redactor } from '@deskclaw/core/internal';
import { type GatewayStatus, isProblem, type JournalRecord, type LogRecord } from '@deskclaw/protocol';
import { Journal } from '../journal/journal.ts';
import { LogBook } from '../journal/log-book.ts';
import { StepBook } from '../journal/step-book.ts';
import type { Paths } from '../profile/paths.ts';

export interface HostLogListeners {
  readonly onLog: (record: LogRecord) => void;
  readonly onJournal: (record: JournalRecord) => void;
}

/** Returns the status without secrets in its problem and its recovery, whose texts quote the gateway. */
export function redactStatus(status: GatewayStatus, redactor: Redactor): GatewayStatus {
  const problem = status.problem === undefined ? undefined : redactor.value(status.problem);
  const { recovery } = status;
  return {
    ...status,
    ...(isProblem(problem) ? { problem } : {}),
    ...(recovery === undefined ? {} : { recovery: { ...recovery, message: redactor.line(recovery.message) } }),
  };
}

/** The log and journal of a host: gateway output, its own lines, journal records and steps of the reducers, with known secrets redacted. */
export class HostLog {
  readonly redactor = new Redactor();
  readonly logs: LogBook;
  readonly journal: Journal;
  readonly steps: StepBook;
  readonly #clock: Clock;

  constructor(paths: Paths, clock: Clock, listeners: HostLogListeners) {
    this.#clock = clock;
    this.logs = new LogBook({
      folder: paths.logs,
      clock,
      redactor: this.redactor,
      onRecord: listeners.onLog,
      // Logging this would write to the full disk once more.
      onError: () => undefined,
    });
    this.journal = new Journal({
      path: paths.journal,
      clock,
      redactor: this.redactor,
      onRecord: listeners.onJournal,
      onError: (error) => this.log('warn', `The journal cannot be written: ${error.message}`),
    });
    this.steps = new StepBook({
      path: paths.steps,
      wallTime: () => clock.wallTime(),
      redactor: this.redactor,
      onError: (error) => this.log('warn', `The steps of the reducers cannot be written: ${error.message}`),
    });
  }

  /** What cannot be kept now, and why, each as a sentence. */
  get warnings(): readonly string[] {
    const [log, journal] = [this.logs.writeFailure, this.journal.writeFailure];
    return [
      ...(log === undefined ? [] : [`The log cannot be written: ${log}`]),
      ...(journal === undefined ? [] : [`The journal cannot be written: ${journal}`]),
    ];
  }

  readonly learnSecret = (secret: string): void => this.redactor.learn(secret);

  log(level: LogRecord['level'], text: string): void {
    this.logs.add({ at: this.#clock.wallTime(), source: 'supervisor', level, text });
  }

  async flush(): Promise<void> {
    if (this.steps.isMarked) await this.steps.save();
    await Promise.all([this.journal.flush(), this.logs.flush()]);
  }
}
