import type { JournalRecord } from '../journal.ts';
import {
  type HistoryRow,
  type Incident,
  type IncidentCause,
  type IncidentEnd,
  type RecordedExit,
  readExit,
  type UserAction,
} from './rows.ts';

/** A gateway is back when it stays up for so long: what fails again before that belongs to the same interruption. */
const BACK_AFTER_MS = 2_000;
/** How much later a stronger cause may be noticed: a socket breaks some ms before the exit of its process is known. */
const SAME_CAUSE_MS = 30_000;

type Draft<T> = { -readonly [K in keyof T]: T[K] };
type OpenIncident = Omit<Draft<Incident>, 'to' | 'end' | 'records'> & {
  back: number | undefined;
  records: JournalRecord[];
};
type OpenAction = Omit<Draft<UserAction>, 'to' | 'outcome' | 'records'> & {
  spawned: boolean;
  records: JournalRecord[];
};

const strength: Readonly<Record<IncidentCause['kind'], number>> = {
  failed: 0,
  connection: 1,
  unresponsive: 2,
  exit: 3,
  'host-killed': 4,
};

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/**
 * Whether a process that runs inside the gateway asked: it may not live to see the answer. Records of before 0.3 say it only in
 * their cause.
 */
function isFromInside({ data, cause }: JournalRecord): boolean {
  return data?.['inside'] === true || cause?.includes('which runs inside the gateway') === true;
}

/** The rows of a history while its records are read, oldest first. */
class Fold {
  readonly rows: HistoryRow[] = [];
  #incident: OpenIncident | undefined;
  #action: OpenAction | undefined;
  #want: 'up' | 'down' | undefined;
  /** Whether a process of ours is or was to be there; an attached gateway has none. */
  #isOwned = false;
  #isProcessUp = false;
  #isConnected = false;
  #isSilent = false;
  #pid: number | undefined;
  #program: string | undefined;

  add(record: JournalRecord): void {
    this.#closeIfBack(record.at);
    switch (record.category) {
      case 'intent':
        this.#intent(record);
        break;
      case 'process':
        this.#process(record);
        break;
      case 'connection':
        this.#connection(record);
        break;
      case 'health':
        this.#health(record);
        break;
      case 'host':
        this.#host(record);
        break;
      case 'channel':
        if (record.what === 'error') this.#note(record);
        break;
      case 'recovery':
        this.#recovery(record);
        break;
      case 'upgrade':
      case 'configuration':
      case 'clock':
        this.#note(record);
        break;
      default:
        record.category satisfies never;
    }
  }

  finish(now: number): readonly HistoryRow[] {
    if (this.#incident?.back !== undefined) this.#closeIncident(this.#incident.back, 'recovered');
    else this.#closeIncident(now, 'open');
    this.#closeAction(now, 'open');
    return this.rows.toSorted((one, other) => one.at - other.at);
  }

  #note(record: JournalRecord): void {
    this.rows.push({ type: 'note', at: record.at, to: record.at, record, records: [record] });
  }

  /** A step belongs to the interruption that it is to end, also where the restarts before it had been given up. */
  #recovery(record: JournalRecord): void {
    const last = this.rows.at(-1);
    if (
      record.what === 'step' &&
      this.#incident === undefined &&
      last?.type === 'incident' &&
      last.end === 'given-up'
    ) {
      this.rows.pop();
      const { to: _to, end: _end, records, ...incident } = last;
      this.#incident = { ...incident, back: undefined, records: [...records] };
    }
    this.#keep(record);
    if (record.what !== 'skipped') this.#note(record);
  }

  #intent(record: JournalRecord): void {
    const { at, what, data = {}, cause } = record;
    if (what === 'failed') {
      this.#failAction(record);
      return;
    }
    if (what !== 'start' && what !== 'stop' && what !== 'restart') return;
    const by = textOf(data['by']) ?? cause;
    // DeskClaw's own way back is no request of a user.
    if (by === 'recovery') {
      this.#keep(record);
      return;
    }
    // A host that ends stops its gateway in any case: no news where none ran.
    const isIdle =
      !this.#isProcessUp && !this.#isConnected && this.#incident === undefined && this.#action === undefined;
    if (what === 'stop' && by === 'shutdown' && isIdle) {
      this.#want = 'down';
      return;
    }
    this.#closeIncident(at, what === 'stop' ? 'stopped' : 'restarted', record);
    this.#closeAction(at, 'superseded');
    const command = textOf(data['command']);
    this.#want = what === 'stop' ? 'down' : 'up';
    this.#action = {
      type: 'action',
      at,
      what,
      ...(command === undefined ? {} : { command }),
      ...(by === undefined ? {} : { by }),
      ...(cause !== undefined && isFromInside(record) ? { insider: cause } : {}),
      spawned: false,
      records: [record],
    };
  }

  #process(record: JournalRecord): void {
    const { at, what, data = {}, cause } = record;
    switch (what) {
      case 'spawned':
      case 'adopted':
        this.#isOwned = true;
        this.#isProcessUp = false;
        this.#pid = numberOf(data['pid']);
        this.#program = textOf(data['program']) ?? this.#program;
        if (this.#action !== undefined) this.#action.spawned = true;
        if (this.#incident !== undefined) this.#incident.starts += 1;
        break;
      case 'running':
        this.#isOwned = true;
        this.#isProcessUp = true;
        this.#isSilent = false;
        this.#keep(record);
        this.#markBack(at);
        if (this.#action?.what !== 'stop') this.#closeAction(at, 'done');
        return;
      case 'exit':
        this.#exit(record, readExit(record));
        return;
      case 'restarting-itself':
        if (this.#action === undefined)
          this.#interrupt(record, { kind: 'connection', detail: `It restarted itself: ${cause ?? 'no reason given'}` });
        else this.#keep(record);
        return;
      case 'failed':
        if (this.#failAction(record)) return;
        if (this.#incident === undefined && this.#want === 'down') return;
        this.#interrupt(record, { kind: 'failed', detail: cause ?? 'Automatic restarts stopped.' });
        this.#closeIncident(at, 'given-up');
        return;
      case 'idle':
        this.#isOwned = false;
        this.#isProcessUp = false;
        this.#keep(record);
        if (this.#action?.what === 'stop') this.#closeAction(at, 'done');
        return;
      default:
        break;
    }
    this.#keep(record);
  }

  #exit(record: JournalRecord, exit: RecordedExit): void {
    this.#isProcessUp = false;
    // Part of a stop or restart, or of DeskClaw's own handling of the interruption.
    const isRequested = exit.cause === 'requested';
    if (this.#action !== undefined) {
      if (!isRequested) this.#action.lastExit = exit;
      this.#keep(record);
      return;
    }
    if (isRequested || this.#want === 'down') {
      this.#keep(record);
      return;
    }
    const incident = this.#interrupt(record, { kind: 'exit', exit });
    // The process that DeskClaw itself ended because it did not answer is no exit of its own.
    if (incident.cause.kind !== 'unresponsive') incident.exits += 1;
    incident.lastExit = exit;
  }

  #connection(record: JournalRecord): void {
    const { at, what, cause, data = {} } = record;
    this.#isConnected = what === 'ready';
    switch (what) {
      case 'ready':
        if (this.#incident !== undefined) this.#incident.lostRequests += numberOf(data['lostRequests']) ?? 0;
        this.#keep(record);
        this.#markBack(at);
        // An attached gateway has no process of ours that could become ready later.
        if (this.#action !== undefined && this.#action.what !== 'stop' && !this.#action.spawned && !this.#isOwned)
          this.#closeAction(at, 'done');
        return;
      case 'waiting':
      case 'paused':
      case 'exhausted': {
        if (this.#action !== undefined || this.#want === 'down') {
          this.#keep(record);
          return;
        }
        const isFirst = this.#incident === undefined;
        const incident = this.#interrupt(record, { kind: 'connection', detail: cause ?? 'The connection was lost.' });
        if (!isFirst) incident.attempts += 1;
        return;
      }
      default:
        if (this.#action?.what === 'stop' && !this.#isOwned) this.#closeAction(at, 'done');
        else this.#keep(record);
    }
  }

  #health(record: JournalRecord): void {
    if (record.what === 'unresponsive' && this.#action === undefined && this.#want !== 'down') {
      this.#isSilent = true;
      this.#interrupt(record, { kind: 'unresponsive', detail: record.cause ?? 'It answered nothing.' });
      return;
    }
    if (record.what === 'ok') this.#isSilent = false;
    this.#keep(record);
    if (record.what === 'ok') this.#markBack(record.at);
  }

  #host(record: JournalRecord): void {
    const { at, what } = record;
    if (what === 'killed') {
      this.#closeAction(at, 'interrupted');
      this.#isConnected = false;
      const hostPid = record.data?.['pid'];
      const cause = { kind: 'host-killed', ...(typeof hostPid === 'number' ? { hostPid } : {}) } as const;
      if (this.#want === 'up') this.#interrupt(record, cause);
    } else if (what === 'ended') {
      this.#closeIncident(at, 'host-ended', record);
      this.#closeAction(at, this.#action?.what === 'stop' ? 'done' : 'interrupted');
      this.#want = 'down';
      this.#isOwned = false;
      this.#isProcessUp = false;
      this.#isConnected = false;
    } else {
      this.#keep(record);
    }
  }

  /** Adds a record to the interruption under way, which it begins where there is none, and takes over a stronger cause. */
  #interrupt(record: JournalRecord, cause: IncidentCause): OpenIncident {
    this.#incident ??= {
      type: 'incident',
      at: record.at,
      cause,
      exits: 0,
      starts: 0,
      attempts: 0,
      lostRequests: 0,
      ...(this.#pid === undefined ? {} : { pid: this.#pid }),
      ...(this.#program === undefined ? {} : { program: this.#program }),
      back: undefined,
      records: [],
    };
    const incident = this.#incident;
    const isStronger = strength[cause.kind] > strength[incident.cause.kind];
    if (isStronger && incident.starts === 0 && record.at - incident.at <= SAME_CAUSE_MS && !this.#isSilent)
      incident.cause = cause;
    else if (isStronger && cause.kind === 'unresponsive' && incident.exits === 0) incident.cause = cause;
    incident.back = undefined;
    incident.records.push(record);
    return incident;
  }

  #keep(record: JournalRecord): void {
    (this.#incident ?? this.#action)?.records.push(record);
  }

  #markBack(at: number): void {
    const isUp = this.#isConnected && !this.#isSilent && (!this.#isOwned || this.#isProcessUp);
    if (this.#incident !== undefined && isUp) this.#incident.back ??= at;
  }

  #closeIfBack(now: number): void {
    const back = this.#incident?.back;
    if (back !== undefined && now - back > BACK_AFTER_MS) this.#closeIncident(back, 'recovered');
  }

  #closeIncident(at: number, end: IncidentEnd, record?: JournalRecord): void {
    if (this.#incident === undefined) return;
    const { back, records, ...incident } = this.#incident;
    const isBack = back !== undefined && end !== 'given-up';
    const last = record === undefined ? [] : [record];
    this.rows.push({
      ...incident,
      to: isBack ? back : Math.max(at, incident.at),
      end: isBack ? 'recovered' : end,
      records: [...records, ...last],
    });
    this.#incident = undefined;
  }

  #closeAction(at: number, outcome: UserAction['outcome']): void {
    if (this.#action === undefined) return;
    const { spawned: _spawned, ...action } = this.#action;
    this.rows.push({
      ...action,
      to: Math.max(at, action.at),
      outcome,
      ...(this.#pid !== undefined && outcome === 'done' && this.#isOwned ? { pid: this.#pid } : {}),
      ...(this.#program === undefined ? {} : { program: this.#program }),
    });
    this.#action = undefined;
  }

  /** Ends the request under way with the failure that a record tells. Returns whether there was one. */
  #failAction(record: JournalRecord): boolean {
    if (this.#action === undefined) return false;
    const code = textOf(record.data?.['code']);
    this.#action.failure = { detail: record.cause ?? 'It failed.', ...(code === undefined ? {} : { code }) };
    this.#action.records.push(record);
    this.#closeAction(record.at, 'failed');
    return true;
  }
}

/**
 * Returns what happened as rows, oldest first: each interruption, each request of a user, and what else happened once.
 * @param records in any order. @param now epoch ms, until when an interruption lasts that has no end yet.
 */
export function historyRows(records: readonly JournalRecord[], now: number): readonly HistoryRow[] {
  const fold = new Fold();
  for (const record of records.toSorted((one, other) => one.at - other.at)) fold.add(record);
  return fold.finish(now);
}

/** Returns the interruptions alone, oldest first; see `historyRows`. */
export function incidents(records: readonly JournalRecord[], now: number): readonly Incident[] {
  return historyRows(records, now).filter((row) => row.type === 'incident');
}
