import type { Scene, Typed } from './scene.ts';

/** What must be shown: a text as it stands, or a pattern. It comes from the injected fault, not from DeskClaw's wording. */
export type Fact = string | RegExp | number;

/** An injected fault, and what is known of it without asking DeskClaw. */
export interface Fault {
  /** Typed literally. It meets the fault, or shows it. */
  readonly command: string;
  /** What has to be named; the first one decides. */
  readonly names: readonly Fact[];
  /** Exit code by `help exit-codes`; several, where the state may have changed by the time of the command. */
  readonly exit: number | readonly number[];
  /** `performance.now()` at which the cause existed. Default: when the command was typed. */
  readonly existedAt?: () => number;
  /** Within which the cause has to be named; default 1 s. Longer only where a row of behaviour.md says so. */
  readonly withinMs?: number;
  /** The command is repeated until it shows the first name, for at most this time. */
  readonly repeatForMs?: number;
  readonly limitMs?: number;
  /** What a person types or pastes where a step asks for it. */
  readonly input?: string;
  /** Environment of the command and of its next steps. */
  readonly env?: Readonly<Record<string, string>>;
  /** Folder of the command and of its next steps. */
  readonly cwd?: string;
  /** Shown afterwards by status, history, why, logs; default the first name. `untouched`: the gateway is fine, and stays so. */
  readonly story?: readonly Fact[] | 'untouched';
  /** Surfaces on which the story cannot be, with the reason; for a folder that cannot be written, for example. */
  readonly untold?: Readonly<Partial<Record<Surface, string>>>;
  /** More that a step which shows something may show; by default the names. */
  readonly information?: readonly Fact[];
  /** What a person does who follows a sentence among the next steps; `named`: what that sentence must name. */
  readonly person?: { readonly named: Fact; readonly act: () => unknown };
  /** DeskClaw heals it by itself, or nothing is wrong: no next step is needed. */
  readonly noStep?: true;
  /** Decides whether a step changed the outcome; default: the status is 0 then, or the command is. */
  readonly isHealed?: (scene: Scene, step: Typed) => Promise<boolean>;
  /** Whether the command may be repeated with `--json`; default true. */
  readonly repeatable?: false;
  /** Processes of the scenario itself that a stop leaves alone. */
  readonly strangers?: readonly number[];
}

export const surfaces = ['status', 'status --json', 'history', 'why', 'logs'] as const;
export type Surface = (typeof surfaces)[number];

export interface Scenario {
  readonly name: string;
  /** Commands run as a user without rights. */
  readonly ordinaryUser?: true;
  /** Why it cannot run here; `undefined`: it can. */
  readonly unavailable?: () => string | undefined;
  readonly inject: (scene: Scene) => Promise<Fault> | Fault;
}

export function isRoot(): string | undefined {
  return process.getuid?.() === 0 ? undefined : 'needs root';
}

export function shows(text: string, fact: Fact): boolean {
  return fact instanceof RegExp ? fact.test(text) : text.includes(String(fact));
}

export function showsAny(text: string, facts: readonly Fact[]): boolean {
  return facts.some((fact) => shows(text, fact));
}
