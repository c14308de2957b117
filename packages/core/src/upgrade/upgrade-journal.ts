import { parseJson } from '@deskclaw/protocol';
import * as z from 'zod/mini';
import { recordFile } from '../ports/node/record-file.ts';
import type { ProcessIdentity } from '../ports/spawner.ts';
import type { Origin } from './origin.ts';
import type { StateLocation } from './state-copy.ts';
import type { UpgradeInProgress } from './upgrade-machine.ts';

/** What is being done to a profile's OpenClaw: enough to end it well from wherever it is cut off. */
export interface UpgradePlan {
  readonly kind: 'upgrade' | 'rollback';
  /** The version and setting that the way back leads to: an upgrade's own, a rollback's aim. */
  readonly origin: Origin;
  /** The version on the other end. */
  readonly target: string;
  readonly place: StateLocation;
  /** Where the state as the origin left it is kept; `undefined`: the state stays as it is. */
  readonly backup: string | undefined;
  /** Where the way back moves what the other version made of the state. */
  readonly quarantine: string;
  /** The record of the upgrade before this one, as it was. */
  readonly previousRecord: string | undefined;
}

/** An undertaking and the step that was begun last; written down before it is begun. */
export interface PendingUpgrade {
  readonly plan: UpgradePlan;
  readonly state: UpgradeInProgress;
  /** Who is at it; `undefined`: it stands still, and whoever comes next takes it up. */
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
export function readPendingUpgrade(text: string): PendingUpgrade | undefined {
  const parsed = parsePendingUpgrade(parseJson(text));
  if (parsed === undefined) return undefined;
  const { plan, state: stored, owner } = parsed;
  const { version, setting: chosen } = plan.origin;
  const { backup, previousRecord } = plan;
  return { plan: { ...plan, origin: { version, setting: chosen }, backup, previousRecord }, state: stored, owner };
}

/** What is begun and not ended in a profile, on its disk. */
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
