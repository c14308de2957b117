import { describeProblem, dialectChoices } from '@deskclaw/protocol';
import * as z from 'zod/mini';
import { GatewayError } from '../errors/gateway-error.ts';
import { nodeClock } from '../ports/node/node-clock.ts';
import { MOST_IN_FLIGHT } from '../rpc/options.ts';
import { firstFault } from '../schema/fault.ts';
import type { GatewayManagerOptions } from './options.ts';

/** Not zod's business: functions, and objects with methods. */
const given = z.exactOptional(z.unknown());
const text = z.exactOptional(z.string());
const ms = z.exactOptional(z.number().check(z.nonnegative()));
/** Where none at all would mean that nothing can ever succeed. */
const someTime = z.exactOptional(z.number().check(z.positive()));
const count = z.exactOptional(z.number().check(z.int(), z.nonnegative()));
const group = <Shape extends z.core.$ZodLooseShape>(shape: Shape) => z.exactOptional(z.strictObject(shape));

/** The options as somebody without types may write them: a misspelt one must not be silently without effect. */
const schema = z.strictObject({
  mode: z.exactOptional(z.enum(['auto', 'supervise', 'attach'])),
  command: z.exactOptional(z.array(z.string()).check(z.minLength(1))),
  env: z.exactOptional(z.record(z.string(), z.string())),
  cwd: text,
  host: text,
  port: z.exactOptional(z.number().check(z.int(), z.minimum(0), z.maximum(65_535))),
  url: z.exactOptional(z.url({ protocol: /^wss?$/ })),
  path: text,
  healthPath: text,
  dialect: z.exactOptional(z.enum(dialectChoices)),
  auth: given,
  reconnect: group({
    baseDelayMs: ms,
    maxDelayMs: ms,
    maxAttempts: count,
    jitter: z.exactOptional(z.literal('equal')),
    stableAfterMs: ms,
  }),
  startup: group({ timeoutMs: ms }),
  request: group({
    timeoutMs: someTime,
    maxInFlight: z.exactOptional(z.number().check(z.int(), z.minimum(1), z.maximum(MOST_IN_FLIGHT))),
    whenDisconnected: z.exactOptional(z.enum(['reject', 'wait'])),
  }),
  health: group({ intervalMs: ms, unresponsiveAfterMs: ms }),
  heartbeat: group({ intervalMs: someTime, timeoutMs: someTime, probeMs: someTime }),
  stop: group({ drainMs: ms, graceMs: ms }),
  crash: group({ maxCrashes: count, windowMs: ms, stableAfterMs: ms }),
  lifeline: z.exactOptional(z.boolean()),
  ownershipFile: text,
  bootTimesFile: text,
  inheritsPipes: z.exactOptional(z.boolean()),
  prepare: given,
  redact: given,
  clock: given,
  random: given,
  logger: given,
});

function invalid(fault: string): GatewayError {
  const facts = { source: 'GatewayManager options', fault };
  return new GatewayError(describeProblem('config.invalid', facts, nodeClock.wallTime()));
}

/** @throws GatewayError `config.invalid`, naming the option. */
export function checkOptions(options: GatewayManagerOptions): void {
  const parsed = z.safeParse(schema, options);
  if (!parsed.success) {
    const { path, message } = firstFault(parsed.error.issues);
    throw invalid(path === '' ? message : `${path}: ${message}`);
  }
  if (options.command?.[0] === '') throw invalid('command: it must begin with a program');
  if (options.url !== undefined && options.mode !== 'attach') throw invalid('url: it needs mode "attach"');
}
