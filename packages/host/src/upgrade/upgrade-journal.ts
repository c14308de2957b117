import { type ProcessIdentity, recordFile } from '@deskclaw/core/internal';
import { isEpochTime, isObject, parseJson } from '@deskclaw/protocol';
import * as z from 'zod/mini';
import type { Settings } from '../profile/config.ts';
import type { Origin } from './origin.ts';
import type { StateLocation } from './state-copy.ts';
import type { UpgradeInProgress } from './upgrade-machine.ts';

/** The stored record of the last upgrade: what a rollback returns to. */
export interface UpgradeRecord {
  readonly from: string;
  readonly to: string;
  /** Setting that selected the previous version; `undefined` if it was found without one. */
  readonly before: Settings['openclaw'];
  /** A copy of the state as the version before left it; `undefined`: there was none. */
  readonly backup?: string;
  /** Epoch ms. */
  readonly at: number;
}

function settingOf(value: unknown): Settings['openclaw'] {
  if (!isObject(value)) return undefined;
  const { path, version } = value;
  if (typeof path === 'string') return { path };
  return typeof version === 'string' ? { version } : undefined;
}

/** `undefined`: not a record of ours, or one cut off in the middle. */
export function readUpgradeRecord(text: string): UpgradeRecord | undefined {
  const value = parseJson(text);
  if (!isObject(value)) return undefined;
  const { from, to, backup, at } = value;
  if (typeof from !== 'string' || typeof to !== 'string' || !isEpochTime(at)) return undefined;
  const before = settingOf(value['before']);
  return { from, to, before, at, ...(typeof backup === 'string' ? { backup } : {}) };
}

/** An upgrade or rollback of a profile: enough to finish or undo it from whatever step it was interrupted at. */
export interface UpgradePlan {
  readonly kind: 'upgrade' | 'rollback';
  /** Version and setting that a rollback returns to: the origin of an upgrade, the target of a rollback. */
  readonly origin: Origin;
  /** The version on the other end. */
  readonly target: string;
  readonly place: StateLocation;
  /** Where the state as the origin left it is kept; `undefined`: the state stays as it is. */
  readonly backup: string | undefined;
  /** Where a rollback moves the state as the target version left it. */
  readonly quarantine: string;
  /** Text of the record of the previous upgrade. */
  readonly previousRecord: string | undefined;
}

/** A plan and its current step, saved before the step begins. */
export interface PendingUpgrade {
  readonly plan: UpgradePlan;
  readonly state: UpgradeInProgress;
  /** The process running this upgrade, or `undefined` if none is: then the next process that looks resumes it. */
  readonly owner: ProcessIdentity | undefined;
}

const steps = [
  'copy',
  'try',
  'stop',
  'keep',
  'use',
  'start',
  'stop-new',
  'restore',
  'use-old',
  'start-old',
] as const satisfies readonly UpgradeInProgress['step'][];
const setting = z.union([z.strictObject({ path: z.string() }), z.strictObject({ version: z.string() })]);
const failure = z.strictObject({ step: z.enum(steps), reason: z.string() });
const process = z.object({ pid: z.number(), startMark: z.string() });
const commonPlan = {
  kind: z.enum(['upgrade', 'rollback']),
  origin: z.object({ version: z.string(), setting: z.optional(setting) }),
  place: z.object({ stateDir: z.string(), configPath: z.string() }),
  backup: z.optional(z.string()),
};
const state = z.object({
  kind: z.literal('doing'),
  step: z.enum(steps),
  running: z.boolean(),
  failure: z.exactOptional(failure),
});

const pending = z.object({
  plan: z.object({
    ...commonPlan,
    target: z.string(),
    quarantine: z.string(),
    previousRecord: z.optional(z.string()),
  }),
  state,
  owner: z.optional(process),
});

/** The names that 0.1 wrote; 0.2 reads them for the last time. */
const formerPending = z.object({
  undertaking: z.object({ ...commonPlan, other: z.string(), aside: z.string(), earlier: z.optional(z.string()) }),
  state,
  by: z.optional(process),
});

function parsePendingUpgrade(value: unknown): z.infer<typeof pending> | undefined {
  const current = z.safeParse(pending, value);
  if (current.success) return current.data;
  const former = z.safeParse(formerPending, value);
  if (!former.success) return undefined;
  const { undertaking, state: stored, by: owner } = former.data;
  const { other: target, aside: quarantine, earlier: previousRecord, ...rest } = undertaking;
  return { plan: { ...rest, target, quarantine, previousRecord }, state: stored, owner };
}

/** Reads the stored form of a pending upgrade. Returns `undefined` for text that is damaged or is no such record. */
function readPendingUpgrade(text: string): PendingUpgrade | undefined {
  const parsed = parsePendingUpgrade(parseJson(text));
  if (parsed === undefined) return undefined;
  const { plan, state: stored, owner } = parsed;
  const { version, setting: chosen } = plan.origin;
  const { backup, previousRecord } = plan;
  return { plan: { ...plan, origin: { version, setting: chosen }, backup, previousRecord }, state: stored, owner };
}

/** The file that holds the pending upgrade or rollback of a profile. */
export class UpgradeJournal {
  readonly path: string;
  readonly #file;

  constructor(path: string) {
    this.path = path;
    this.#file = recordFile(path);
  }

  async load(): Promise<PendingUpgrade | 'unreadable' | undefined> {
    const text = await this.#file.load();
    return text === undefined ? undefined : (readPendingUpgrade(text) ?? 'unreadable');
  }

  save(entry: PendingUpgrade): Promise<void> {
    return this.#file.save(`${JSON.stringify(entry)}\n`);
  }

  clear(): Promise<void> {
    return this.#file.clear();
  }
}
