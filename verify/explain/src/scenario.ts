import type { Scene, Typed } from './scene.ts';

type Value = string | RegExp | number;
/** What must be shown: a text as it stands, a pattern, or what is known only once the fault was met, a count for example. */
export type Fact = Value | (() => Value);

/** An injected fault, and what is known of it without asking DeskClaw. */
export interface Fault {
  /** Typed literally. It meets the fault, or shows it. */
  readonly command: string;
  /** What has to be named; the first one decides. */
  readonly names: readonly Fact[];
  /** Exit code by `help exit-codes`; several, where the state may have changed by the time of the command. */
  readonly exit: number | readonly number[];
  /** What `status --json` must show then, as a part of the cause: the state, for example. */
  readonly json?: readonly Fact[];
  /** @returns `performance.now()` at which the cause came to be, known by the time of the fault. Default: when the command was typed. */
  readonly existedAt?: (typedAt: number) => number;
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
  /** Commands that change nothing and promise information: each must show every fact. */
  readonly promises?: readonly { readonly step: RegExp; readonly shows: readonly Fact[] }[];
  /** What a person does who follows a sentence among the next steps; `named`: the thing to change, which the sentence must name. */
  readonly person?: { readonly named: Fact; readonly act: () => unknown };
  /** DeskClaw heals it by itself, or nothing is wrong: no next step is needed. */
  readonly noStep?: true;
  /** Decides whether a step that did not fail as the fault did has healed it; default: it succeeds, and so does the status, or the command. */
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

/** The status document of a gateway that runs. */
export const runningState = /"state":"running"/;

export function factValue(fact: Fact): Value {
  return typeof fact === 'function' ? fact() : fact;
}

export function shows(text: string, expected: Fact): boolean {
  const fact = factValue(expected);
  return fact instanceof RegExp ? fact.test(text) : text.includes(String(fact));
}

export function showsAny(text: string, facts: readonly Fact[]): boolean {
  return facts.some((fact) => shows(text, fact));
}
