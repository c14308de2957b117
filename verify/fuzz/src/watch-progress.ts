import { Worker } from 'node:worker_threads';
import type { TargetReport } from './run-target.ts';

/** An execution that takes longer hangs: a loop without end cannot be stopped from within its own thread. */
const HANG_MS = 30_000;
const CHECK_MS = 500;

export interface Job {
  readonly target: string;
  readonly seed: number;
  readonly forMs?: number;
  readonly executions?: number;
  /** For the files of the targets. */
  readonly folder: string;
  /** Number of the execution under way, and of those before, shared with the thread that watches. */
  readonly progress: Int32Array<SharedArrayBuffer>;
}

export type JobResult =
  | { readonly kind: 'report'; readonly report: TargetReport }
  | { readonly kind: 'hang'; readonly execution: number };

/** Runs one target in a thread of its own and watches that it goes on. */
export function runInThread(job: Omit<Job, 'progress'>): Promise<JobResult> {
  const progress = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const workerData: Job = { ...job, progress };
  const worker = new Worker(new URL('./thread.ts', import.meta.url), { workerData });
  return new Promise((resolve, reject) => {
    let last = -1;
    let since = performance.now();
    const timer = setInterval(() => {
      const execution = Atomics.load(progress, 0);
      if (execution !== last) {
        last = execution;
        since = performance.now();
      } else if (performance.now() - since > HANG_MS) {
        clearInterval(timer);
        void worker.terminate();
        resolve({ kind: 'hang', execution });
      }
    }, CHECK_MS);
    worker.once('message', (report: TargetReport) => {
      clearInterval(timer);
      resolve({ kind: 'report', report });
    });
    worker.once('error', (error) => {
      clearInterval(timer);
      reject(error);
    });
  });
}
