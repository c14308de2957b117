import { type Input, type Target, UNCAUGHT, Violation } from './target.ts';

/** An input may take this much CPU time; every target takes a few milliseconds at most for what the generators make. */
const SLOWEST_MS = 1_000;

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

type Outcome = { readonly label: string } | { readonly reason: string };

async function runOnce(target: Target, input: Input): Promise<Outcome> {
  try {
    return { label: await target.check(input) };
  } catch (error) {
    if (error instanceof Violation) return { reason: error.message };
    return { reason: `${UNCAUGHT}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}` };
  }
}

/** Returns why an input breaks a rule, or its label. An input that was slow is tried again: a busy machine is not a fault. */
export async function judge(target: Target, input: Input, slowestMs = SLOWEST_MS): Promise<Outcome> {
  let least = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const before = cpuMs();
    const outcome = await runOnce(target, input);
    least = Math.min(least, cpuMs() - before);
    if ('reason' in outcome || least < slowestMs) return outcome;
  }
  return { reason: `too slow: ${least.toFixed(0)} ms of CPU time` };
}
