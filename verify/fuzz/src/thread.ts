/** Runs the target that `runInThread` names. */
import { parentPort, workerData } from 'node:worker_threads';
import { runTarget } from './run-target.ts';
import { allTargets } from './targets.ts';
import type { Job } from './watch-progress.ts';

const { target: name, seed, forMs, executions, folder, progress }: Job = workerData;
const target = allTargets(folder).find((each) => each.name === name);
if (target === undefined) throw new Error(`there is no target "${name}"`);
const report = await runTarget(target, {
  seed,
  ...(forMs === undefined ? {} : { forMs }),
  ...(executions === undefined ? {} : { executions }),
  began: (execution) => Atomics.store(progress, 0, execution),
});
parentPort?.postMessage(report);
