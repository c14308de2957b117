import { isAbsolute } from 'node:path';
import {
  type ControlMethodName,
  type ControlMethods,
  controlEventNames,
  journalCategories,
  logLevels,
} from '@deskclaw/protocol';
import * as z from 'zod/mini';
import { isProfileName } from '../profile/paths.ts';
import { firstFault } from '../schema/fault.ts';

const none = z.optional(z.strictObject({}));
const end = { force: z.exactOptional(z.boolean()), askerPid: z.exactOptional(z.int().check(z.positive())) };
const startId = z.exactOptional(z.string().check(z.minLength(1), z.maxLength(64)));
const positiveMs = z.number().check(z.positive());
const epochMs = z.number().check(z.nonnegative());
const limit = z.number().check(z.int(), z.minimum(0), z.maximum(100_000));
const topics = z.strictObject({ topics: z.array(z.enum(controlEventNames)) });

const profileName = z.string().check(z.refine(isProfileName, 'not a name of a profile'));

function isPattern(text: string): boolean {
  try {
    new RegExp(text, 'u');
    return true;
  } catch {
    return false;
  }
}

/** The shape of every method's params. Strict: an unknown key is a mistake of the caller and is refused. */
export const controlParams = {
  'host.info': none,
  'host.shutdown': z.optional(
    z.strictObject({ force: z.exactOptional(z.boolean()), ifIdle: z.exactOptional(z.boolean()) }),
  ),
  'host.openDashboard': z.optional(
    z.strictObject({
      port: z.exactOptional(z.number().check(z.int(), z.minimum(0), z.maximum(65_535))),
      redirectPage: z.exactOptional(z.boolean()),
    }),
  ),
  'host.revokeDashboard': none,
  'host.rotateToken': none,
  'gateway.status': none,
  'gateway.start': z.optional(
    z.strictObject({
      startId,
      gateway: z.exactOptional(z.enum(['openclaw', 'builtin'])),
      command: z.exactOptional(z.array(z.string()).check(z.minLength(1))),
      cwd: z.exactOptional(z.string().check(z.refine(isAbsolute, 'not an absolute path'))),
      port: z.exactOptional(z.number().check(z.int(), z.minimum(0), z.maximum(65_535))),
      path: z.exactOptional(z.string().check(z.startsWith('/'), z.maxLength(2_048))),
      timeoutMs: z.exactOptional(positiveMs),
    }),
  ),
  'gateway.stop': z.optional(z.strictObject({ ...end, startId })),
  'gateway.restart': z.optional(z.strictObject(end)),
  'gateway.recover': z.optional(z.strictObject({ channels: z.exactOptional(z.literal('on')) })),
  'gateway.reconnect': none,
  'gateway.health': none,
  'gateway.rpc': z.strictObject({
    method: z.string().check(z.minLength(1), z.maxLength(256)),
    params: z.exactOptional(z.unknown()),
    timeoutMs: z.exactOptional(positiveMs),
    idempotencyKey: z.exactOptional(z.string().check(z.minLength(1), z.maxLength(256))),
  }),
  'gateway.methods': none,
  'logs.query': z.optional(
    z.strictObject({
      since: z.exactOptional(epochMs),
      level: z.exactOptional(z.enum(logLevels)),
      source: z.exactOptional(z.enum(['gateway', 'supervisor'])),
      grep: z.exactOptional(z.string().check(z.maxLength(1_000), z.refine(isPattern, 'not a regular expression'))),
      limit: z.exactOptional(limit),
    }),
  ),
  'timeline.query': z.optional(
    z.strictObject({
      since: z.exactOptional(epochMs),
      until: z.exactOptional(epochMs),
      before: z.exactOptional(epochMs),
      categories: z.exactOptional(z.array(z.enum(journalCategories))),
      limit: z.exactOptional(limit),
    }),
  ),
  'metrics.snapshot': none,
  'host.serveMetrics': z.optional(
    z.strictObject({ port: z.exactOptional(z.number().check(z.int(), z.minimum(0), z.maximum(65_535))) }),
  ),
  'host.saveSteps': none,
  'config.get': none,
  'doctor.run': none,
  'profiles.list': none,
  'profiles.add': z.strictObject({
    name: profileName,
    port: z.exactOptional(z.number().check(z.int(), z.minimum(0), z.maximum(65_535))),
  }),
  'profiles.use': z.strictObject({ name: profileName }),
  'profiles.remove': z.strictObject({ name: profileName }),
  'events.subscribe': topics,
  'events.unsubscribe': topics,
} as const satisfies Record<ControlMethodName, z.ZodMiniType>;

export type ParsedParams<M extends ControlMethodName> = z.infer<(typeof controlParams)[M]>;

/** The same table with a type that ties each method to its params. */
const schemas: { readonly [M in ControlMethodName]: z.ZodMiniType<ParsedParams<M>> } = controlParams;

export type ParamsResult<M extends ControlMethodName> =
  | { readonly ok: true; readonly params: ParsedParams<M> }
  /** `path` names the fault, e.g. `gateway.start: port`. */
  | { readonly ok: false; readonly path: string; readonly message: string };

function isControlMethod(method: string): method is ControlMethodName {
  return Object.hasOwn(controlParams, method);
}

export function checkParams<M extends ControlMethodName>(method: M, params: unknown): ParamsResult<M> {
  const parsed = z.safeParse(schemas[method], params);
  if (parsed.success) return { ok: true, params: parsed.data };
  return { ok: false, ...firstFault(parsed.error.issues) };
}

export const controlMethodNames = Object.keys(controlParams).filter(isControlMethod);

/** One handler for each control method: the host implements exactly these. */
export type ControlHandlers = {
  readonly [M in ControlMethodName]: (
    params: ParsedParams<M>,
  ) => ControlMethods[M]['result'] | Promise<ControlMethods[M]['result']>;
};
