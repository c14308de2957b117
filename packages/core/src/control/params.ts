import { type ControlMethodName, type ControlMethods, controlEventNames, logLevels } from '@deskclaw/protocol';
import * as z from 'zod/mini';

const none = z.optional(z.strictObject({}));
const force = z.optional(z.strictObject({ force: z.optional(z.boolean()) }));
const positiveMs = z.number().check(z.positive());
const epochMs = z.number().check(z.nonnegative());
const limit = z.number().check(z.int(), z.minimum(0), z.maximum(100_000));
const topics = z.strictObject({ topics: z.array(z.enum(controlEventNames)) });

function isPattern(text: string): boolean {
  try {
    new RegExp(text, 'u');
    return true;
  } catch {
    return false;
  }
}

/** The shape of every method's params. Strict: an unknown key is a typing error of the caller and is told. */
export const controlParams = {
  'host.info': none,
  'host.shutdown': force,
  'gateway.status': none,
  'gateway.start': z.optional(
    z.strictObject({
      gateway: z.optional(z.enum(['openclaw', 'builtin'])),
      command: z.optional(z.array(z.string()).check(z.minLength(1))),
      port: z.optional(z.number().check(z.int(), z.minimum(0), z.maximum(65_535))),
      timeoutMs: z.optional(positiveMs),
    }),
  ),
  'gateway.stop': force,
  'gateway.restart': force,
  'gateway.reconnect': none,
  'gateway.health': none,
  'gateway.rpc': z.strictObject({
    method: z.string().check(z.minLength(1), z.maxLength(256)),
    params: z.optional(z.unknown()),
    timeoutMs: z.optional(positiveMs),
    idempotencyKey: z.optional(z.string().check(z.minLength(1), z.maxLength(256))),
  }),
  'gateway.methods': none,
  'logs.query': z.optional(
    z.strictObject({
      since: z.optional(epochMs),
      level: z.optional(z.enum(logLevels)),
      source: z.optional(z.enum(['gateway', 'supervisor'])),
      grep: z.optional(z.string().check(z.maxLength(1_000), z.refine(isPattern, 'not a regular expression'))),
      limit: z.optional(limit),
    }),
  ),
  'timeline.query': z.optional(z.strictObject({ since: z.optional(epochMs), limit: z.optional(limit) })),
  'config.get': none,
  'events.subscribe': topics,
  'events.unsubscribe': topics,
} as const satisfies Record<ControlMethodName, z.ZodMiniType>;

export type ParsedParams<M extends ControlMethodName> = z.infer<(typeof controlParams)[M]>;

export type CheckedParams<M extends ControlMethodName> =
  | { readonly ok: true; readonly params: ParsedParams<M> }
  /** `path` names the fault, e.g. `gateway.start: port`. */
  | { readonly ok: false; readonly path: string; readonly message: string };

export function isControlMethod(method: string): method is ControlMethodName {
  return Object.hasOwn(controlParams, method);
}

export function checkParams<M extends ControlMethodName>(method: M, params: unknown): CheckedParams<M> {
  const schema: z.ZodMiniType<ParsedParams<M>> = controlParams[method];
  const parsed = z.safeParse(schema, params);
  if (parsed.success) return { ok: true, params: parsed.data };
  const issue = parsed.error.issues[0];
  return { ok: false, path: issue?.path.join('.') ?? '', message: issue?.message ?? 'does not fit' };
}

/** What each method answers with, by name: the host implements exactly this. */
export type ControlHandlers = {
  readonly [M in ControlMethodName]: (
    params: ParsedParams<M>,
  ) => ControlMethods[M]['result'] | Promise<ControlMethods[M]['result']>;
};
