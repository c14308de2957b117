import { parseJson } from '@deskclaw/protocol';
import * as z from 'zod/mini';
import { recordFile } from '../ports/node/record-file.ts';
import type { ProcessIdentity } from '../ports/spawner.ts';
import type { Origin } from './origin.ts';
import type { StatePlace } from './state-copy.ts';
import type { Doing } from './steps.ts';

/** What is being done to a profile's OpenClaw: enough to end it well from wherever it is cut off. */
export interface Undertaking {
  readonly kind: 'upgrade' | 'rollback';
  /** The version and setting that the way back leads to: an upgrade's own, a rollback's aim. */
  readonly origin: Origin;
  /** The version on the other end. */
  readonly other: string;
  readonly place: StatePlace;
  /** Where the state as the origin left it is kept; `undefined`: the state stays as it is. */
  readonly backup: string | undefined;
  /** Where the way back moves what the other version made of the state. */
  readonly aside: string;
  /** The record of the upgrade before this one, as it was. */
  readonly earlier: string | undefined;
}

/** An undertaking and the step that was begun last; written down before it is begun. */
export interface Begun {
  readonly undertaking: Undertaking;
  readonly state: Doing;
  /** Who is at it; `undefined`: it stands still, and whoever comes next takes it up. */
  readonly by: ProcessIdentity | undefined;
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
] as const satisfies readonly Doing['step'][];
const setting = z.union([z.strictObject({ path: z.string() }), z.strictObject({ version: z.string() })]);
const failure = z.strictObject({ step: z.enum(steps), reason: z.string() });

const begun = z.object({
  undertaking: z.object({
    kind: z.enum(['upgrade', 'rollback']),
    origin: z.object({ version: z.string(), setting: z.optional(setting) }),
    other: z.string(),
    place: z.object({ stateDir: z.string(), configPath: z.string() }),
    backup: z.optional(z.string()),
    aside: z.string(),
    earlier: z.optional(z.string()),
  }),
  state: z.object({
    kind: z.literal('doing'),
    step: z.enum(steps),
    running: z.boolean(),
    failure: z.exactOptional(failure),
  }),
  by: z.optional(z.object({ pid: z.number(), startMark: z.string() })),
});

/** `undefined`: it is none of ours, or damaged. */
function readBegun(text: string): Begun | undefined {
  const parsed = z.safeParse(begun, parseJson(text));
  if (!parsed.success) return undefined;
  const { undertaking, state, by } = parsed.data;
  const { origin, backup, earlier, ...rest } = undertaking;
  return {
    undertaking: { ...rest, origin: { version: origin.version, setting: origin.setting }, backup, earlier },
    state,
    by,
  };
}

/** What is begun and not ended in a profile, on its disk. */
export class UpgradeJournal {
  readonly path: string;
  readonly #file;

  constructor(path: string) {
    this.path = path;
    this.#file = recordFile(path);
  }

  async load(): Promise<Begun | 'unreadable' | undefined> {
    const text = await this.#file.load();
    return text === undefined ? undefined : (readBegun(text) ?? 'unreadable');
  }

  save(entry: Begun): Promise<void> {
    return this.#file.save(`${JSON.stringify(entry)}\n`);
  }

  clear(): Promise<void> {
    return this.#file.clear();
  }
}
