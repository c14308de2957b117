import { type CronJob, RpcErrorCode } from '@deskclaw/protocol';
import type { ChatRuns } from '../chat/chat-runs.ts';
import { invalidParams, notFound, RpcFault } from '../errors.ts';
import { flag, type Guard, integer, listOf, object, optional, text } from '../params/guard.ts';
import type { Cancel, Clock, Random } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Document } from '../store/document.ts';
import { readSchedule, type Schedule } from './cron-schedule.ts';

export interface StoredJob extends CronJob {
  /** Epoch ms; the anchor of `@every` until the first run. */
  readonly createdAt: number;
}
export type CronState = readonly StoredJob[];

const wholeMs = integer(0, Number.MAX_SAFE_INTEGER);
export const cronState: Guard<CronState> = listOf(
  object({
    id: text({ min: 1 }),
    name: text(),
    schedule: text(),
    message: text({ max: 262_144 }),
    enabled: flag,
    lastRunAt: optional(wholeMs),
    createdAt: wholeMs,
  }),
);

const MAX_JOBS = 200;
/** Longest timer, so that a changed clock or a night asleep is noticed within a minute. */
const MAX_WAIT_MS = 60_000;

export interface CronPorts {
  readonly document: Document<CronState>;
  readonly runs: ChatRuns;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export type JobFields = Pick<CronJob, 'name' | 'schedule' | 'message' | 'enabled'>;

/**
 * Jobs that send a chat message when their time comes, each into a session of its own (`cron:<job id>`). A time that
 * passed while the gateway was down is not made up for; a job whose last run still goes on skips its turn.
 */
export class CronService {
  readonly #ports: CronPorts;
  readonly #armed = new Map<string, Cancel>();

  constructor(ports: CronPorts) {
    this.#ports = ports;
  }

  /** Starts the timers of all stored jobs. */
  async start(): Promise<void> {
    for (const job of this.#ports.document.value) await this.#arm(job);
  }

  stop(): void {
    for (const cancel of this.#armed.values()) cancel();
    this.#armed.clear();
  }

  list(): readonly CronJob[] {
    return this.#ports.document.value.map(asJob);
  }

  async create(fields: JobFields): Promise<CronJob> {
    if (this.#ports.document.value.length >= MAX_JOBS)
      throw new RpcFault(RpcErrorCode.RateLimited, `cron.create: there are ${MAX_JOBS} jobs already`);
    await assertSchedule('cron.create', '/schedule', fields.schedule);
    const job: StoredJob = { id: this.#ports.random.uuid(), ...fields, createdAt: this.#ports.clock.wallTime() };
    await this.#ports.document.update((state) => [...state, job]);
    await this.#arm(job);
    return asJob(job);
  }

  async update(jobId: string, patch: Partial<JobFields>): Promise<CronJob> {
    this.#find(jobId);
    if (patch.schedule !== undefined) await assertSchedule('cron.update', '/patch/schedule', patch.schedule);
    const state = await this.#ports.document.update((before) =>
      before.map((job) => (job.id === jobId ? { ...job, ...patch } : job)),
    );
    const job = state.find(({ id }) => id === jobId);
    if (job === undefined) throw notFound('job', jobId);
    await this.#arm(job);
    return asJob(job);
  }

  async remove(jobId: string): Promise<boolean> {
    if (!this.#ports.document.value.some(({ id }) => id === jobId)) return false;
    this.#disarm(jobId);
    await this.#ports.document.update((state) => state.filter(({ id }) => id !== jobId));
    return true;
  }

  /** Runs a job now, whether or not it is due or enabled. */
  async run(jobId: string): Promise<string> {
    const job = this.#find(jobId);
    const { runId } = await this.#ports.runs.send({ sessionKey: sessionOf(jobId), message: job.message });
    const ranAt = this.#ports.clock.wallTime();
    await this.#ports.document.update((state) =>
      state.map((entry) => (entry.id === jobId ? { ...entry, lastRunAt: ranAt } : entry)),
    );
    return runId;
  }

  async #arm(job: StoredJob): Promise<void> {
    this.#disarm(job.id);
    if (!job.enabled) return;
    // Registered before the schedule is read, so that a concurrent change wins.
    let armed = true;
    this.#armed.set(job.id, () => {
      armed = false;
    });
    const read = await readSchedule(job.schedule);
    if (!armed) return;
    if (!read.ok) {
      this.#ports.log.warn(`cron job ${job.id} does not run: its schedule "${job.schedule}" ${read.problem}`);
      return;
    }
    this.#await(job.id, read.schedule, job.lastRunAt ?? job.createdAt);
  }

  /** Waits for the next time after now, in steps, then fires and waits for the one after. */
  #await(jobId: string, schedule: Schedule, anchor: number): void {
    const { clock } = this.#ports;
    const from = clock.wallTime();
    const due = schedule.next(from, anchor);
    if (due === undefined) return;
    const step = (): void => {
      const now = clock.wallTime();
      // The clock was set back: what was next may not be next any more.
      if (now < from) this.#await(jobId, schedule, Math.min(anchor, now));
      else if (now >= due) {
        this.#await(jobId, schedule, due);
        void this.#fire(jobId);
      } else this.#armed.set(jobId, clock.schedule(Math.min(due - now, MAX_WAIT_MS), step));
    };
    step();
  }

  async #fire(jobId: string): Promise<void> {
    const { runs, log } = this.#ports;
    if (runs.active().some(({ sessionKey }) => sessionKey === sessionOf(jobId))) {
      log.info(`cron job ${jobId} skips a turn: its last run still goes on`);
      return;
    }
    try {
      await this.run(jobId);
    } catch (fault) {
      log.error(`cron job ${jobId} could not run: ${fault instanceof Error ? fault.message : String(fault)}`);
    }
  }

  #disarm(jobId: string): void {
    this.#armed.get(jobId)?.();
    this.#armed.delete(jobId);
  }

  #find(jobId: string): StoredJob {
    const job = this.#ports.document.value.find(({ id }) => id === jobId);
    if (job === undefined) throw notFound('job', jobId);
    return job;
  }
}

async function assertSchedule(method: string, path: string, schedule: string): Promise<void> {
  const read = await readSchedule(schedule);
  if (!read.ok) throw invalidParams(method, { path, kind: 'wrong', problem: read.problem });
}

function sessionOf(jobId: string): string {
  return `cron:${jobId}`;
}

function asJob({ createdAt: _createdAt, ...job }: StoredJob): CronJob {
  return job;
}
