import { setTimeout as delay } from 'node:timers/promises';
import { actionsIn, claimedActions } from './action-scenes.ts';
import { type Fault, factValue, type Scenario, shows, showsAny, surfaces } from './scenario.ts';
import { Scene, type Typed } from './scene.ts';
import {
  isReading,
  judgeChanging,
  judgeReading,
  judgeSentence,
  namesWhatToChange,
  placeOf,
  readSteps,
  type Step,
} from './steps.ts';

/** The six questions of a scenario, each worth a point. */
export const questions = ['cause', 'step', 'time', 'exit', 'story', 'clean'] as const;
export type Question = (typeof questions)[number];

export interface Mark {
  readonly points: 0 | 0.5 | 1;
  /** What is missing. */
  readonly why?: string;
}

export interface Result {
  readonly name: string;
  readonly marks: Readonly<Record<Question, Mark>>;
  /** From the cause to its being named, ms; `undefined`: never. */
  readonly namedAfterMs?: number;
  readonly steps: readonly string[];
  /** The actions of the catalogue whose commands were typed: `port.in-use/other-port`. */
  readonly actions: readonly string[];
}

const DEFAULT_WITHIN_MS = 1_000;
const REPEAT_EVERY_MS = 100;

const full: Mark = { points: 1 };

function share(good: number, all: number, why: string): Mark {
  if (good === all) return full;
  return { points: good * 2 >= all && good > 0 ? 0.5 : 0, why };
}

/** Types the command; where it is to be repeated, until it shows the cause. */
async function meet(scene: Scene, fault: Fault): Promise<Typed> {
  const options = { ...placeOf(fault), ...(fault.limitMs === undefined ? {} : { limitMs: fault.limitMs }) };
  const [decisive] = fault.names;
  const until = performance.now() + (fault.repeatForMs ?? 0);
  for (;;) {
    const typed = await scene.type(fault.command, options);
    if (decisive === undefined || shows(typed.text, decisive) || performance.now() > until) return typed;
    await delay(REPEAT_EVERY_MS);
  }
}

async function judgeCause(scene: Scene, fault: Fault, typed: Typed): Promise<Mark> {
  const json = fault.json === undefined ? '' : (await scene.type('deskclaw status --json', placeOf(fault))).stdout;
  const missing = [
    ...fault.names.filter((fact) => !shows(typed.text, fact)),
    ...(fault.json ?? []).filter((fact) => !shows(json, fact)),
  ];
  const [decisive] = fault.names;
  if (missing.length === 0) return full;
  const why = `not named: ${missing.map((fact) => String(factValue(fact))).join(', ')}`;
  return decisive !== undefined && missing.includes(decisive) ? { points: 0, why } : { points: 0.5, why };
}

/** An empty program of Node takes so long on a quiet machine. */
const QUIET_MS = 60;
const MOST_SLOWNESS = 3;

/** How much slower this machine is now than a quiet one, by a program that is none of ours: the middle of three runs. */
async function slowness(scene: Scene): Promise<number> {
  const took: number[] = [];
  for (let run = 0; run < 3; run += 1) took.push((await scene.type('node -e 0')).tookMs);
  const [, middle = QUIET_MS] = took.sort((a, b) => a - b);
  return Math.min(MOST_SLOWNESS, Math.max(1, middle / QUIET_MS));
}

function judgeTime(
  fault: Fault,
  typed: Typed,
  slower: number,
): { readonly mark: Mark; readonly namedAfterMs?: number } {
  const [decisive] = fault.names;
  const shownAt = typed.firstShown((text) => decisive === undefined || shows(text, decisive));
  if (shownAt === undefined) return { mark: { points: 0, why: 'never named' } };
  const existedAt = fault.existedAt?.(typed.at) ?? typed.at;
  const namedAfterMs = Math.max(0, Math.round(shownAt - existedAt));
  const within = (fault.withinMs ?? DEFAULT_WITHIN_MS) * slower;
  if (namedAfterMs <= within) return { mark: full, namedAfterMs };
  const why = `named after ${(namedAfterMs / 1_000).toFixed(1)} s`;
  return { mark: { points: namedAfterMs <= 3 * within ? 0.5 : 0, why }, namedAfterMs };
}

function codeIn(text: string): string | undefined {
  return /\(([a-z]+(?:\.[a-z-]+)?)\)$/m.exec(text)?.[1] ?? /"code":"([a-z]+\.[a-z-]+)"/.exec(text)?.[1];
}

async function typedAsJson(scene: Scene, fault: Fault): Promise<string> {
  return (await scene.type(`${fault.command} --json`, { ...placeOf(fault), limitMs: fault.limitMs ?? 60_000 })).stderr;
}

async function untouchedStory(scene: Scene, fault: Fault): Promise<readonly string[]> {
  const status = await scene.type('deskclaw status', placeOf(fault));
  const json = await scene.type('deskclaw status --json', placeOf(fault));
  return [
    ...(/^Failed/m.test(status.text) ? ['status tells of a failure'] : []),
    ...(json.text.includes('"lastFailure"') ? ['status --json tells of a failure'] : []),
  ];
}

/** Whether everything that can be asked afterwards tells the same. */
async function judgeStory(
  scene: Scene,
  fault: Fault,
  typed: Typed,
): Promise<{ readonly mark: Mark; readonly texts: string; readonly actions: readonly string[] }> {
  if (fault.story === 'untouched') {
    const faults = await untouchedStory(scene, fault);
    const json = typed.code === 0 || fault.repeatable === false ? '' : await typedAsJson(scene, fault);
    return { mark: share(2 - faults.length, 2, faults.join('; ')), texts: '', actions: actionsIn(json) };
  }
  const facts = fault.story ?? fault.names.slice(0, 1);
  const faults: string[] = [];
  const actions: string[] = [];
  let texts = '';
  let asked = 0;
  for (const surface of surfaces) {
    const ran = await scene.type(`deskclaw ${surface}`, placeOf(fault));
    if (surface === 'status --json') actions.push(...actionsIn(ran.stdout));
    if (fault.untold?.[surface] !== undefined) continue;
    // Where it cannot know of the failure, its next step is not for it.
    if (surface === 'status' || surface === 'why') texts += ran.text;
    asked += 1;
    if (!showsAny(ran.text.replaceAll('\\"', '"'), facts)) faults.push(surface);
  }
  if (fault.repeatable !== false && fault.repeatForMs === undefined && typed.code !== 0) {
    const again = await scene.type(`${fault.command} --json`, { ...placeOf(fault), limitMs: fault.limitMs ?? 60_000 });
    asked += 1;
    actions.push(...actionsIn(again.stderr));
    const [first, second] = [codeIn(typed.text), codeIn(again.stderr)];
    if (first !== second || again.code !== typed.code)
      faults.push(`--json says ${String(second)} (exit ${String(again.code)}), the text ${String(first)}`);
  }
  return { mark: share(asked - faults.length, asked, `silent or different: ${faults.join(', ')}`), texts, actions };
}

function unique(steps: readonly Step[]): readonly Step[] {
  const seen = new Map(steps.map((step) => [step.command ?? step.label, step]));
  return [...seen.values()];
}

async function judgeLeft(scene: Scene, fault: Fault): Promise<Mark> {
  const stopped = await scene.type('deskclaw stop', { limitMs: 40_000, ...placeOf(fault) });
  const alive = scene.processes().filter((pid) => fault.strangers?.includes(pid) !== true);
  if (alive.length > 0) {
    const named = alive.map((pid) => String(pid)).join(', ');
    return { points: 0, why: `alive after stop (exit ${String(stopped.code)}): ${named}` };
  }
  // A host that is meant to go on has its lock and socket.
  const files = fault.strangers === undefined ? scene.leftFiles() : [];
  return files.length === 0 ? full : { points: 0.5, why: `left: ${files.join(', ')}` };
}

/** Steps of everything that was shown: by the command, by the status and by `why`. */
function stepsOf(...texts: readonly string[]): readonly Step[] {
  return unique(texts.flatMap(readSteps));
}

interface Met {
  readonly scene: Scene;
  readonly fault: Fault;
  readonly steps: readonly Step[];
}

function changing({ steps }: Met): readonly string[] {
  return steps.flatMap(({ command }) => (command === undefined || isReading(command) ? [] : [command]));
}

function sentences({ steps }: Met): readonly Step[] {
  return steps.filter(({ command }) => command === undefined);
}

/** The same fault in a scene of its own, in which nothing but it has happened. */
async function injectAgain(scenario: Scenario): Promise<Met> {
  const scene = newScene(scenario);
  try {
    const fault = await scenario.inject(scene);
    const typed = await meet(scene, fault);
    const texts = [typed.text];
    for (const surface of ['status', 'why'] as const)
      if (fault.story !== 'untouched' && fault.untold?.[surface] === undefined)
        texts.push((await scene.type(`deskclaw ${surface}`, placeOf(fault))).text);
    return { scene, fault, steps: stepsOf(...texts) };
  } catch (error) {
    await scene.dispose();
    throw error;
  }
}

async function elsewhere<T>(scenario: Scenario, judgeOther: (other: Met) => Promise<T>): Promise<T> {
  const other = await injectAgain(scenario);
  try {
    return await judgeOther(other);
  } finally {
    await other.scene.dispose();
  }
}

/** The actions of the problem in the command's own JSON, in a scene of its own. */
async function actionsElsewhere(scenario: Scenario): Promise<readonly string[]> {
  const scene = newScene(scenario);
  try {
    return actionsIn(await typedAsJson(scene, await scenario.inject(scene)));
  } finally {
    await scene.dispose();
  }
}

function newScene(scenario: Scenario): Scene {
  return new Scene({ ordinaryUser: scenario.ordinaryUser === true });
}

/** Another scene has other paths and ports, so its own sentence is followed. */
async function judgeOtherSentence(met: Met, index: number): Promise<string | undefined> {
  const step = sentences(met)[index];
  return step === undefined
    ? `sentence ${String(index + 1)} is not printed every time`
    : judgeSentence(step, met.scene, met.fault);
}

async function judgeChange(met: Met, index: number): Promise<string | undefined> {
  const command = changing(met)[index];
  if (command === undefined) return `step ${String(index + 1)} is not printed every time`;
  const sentences = met.steps.map(({ label, command: typed = '' }) => `${label} ${typed}`);
  return judgeChanging(command, met.scene, met.fault, sentences);
}

/** Judges every step: those that show something and the first command that changes something in the scene, the others in scenes of their own. */
async function judgeSteps(scenario: Scenario, met: Met): Promise<Mark> {
  if (met.steps.length === 0) return met.fault.noStep === true ? full : { points: 0, why: 'no next step' };
  const faults: (string | undefined)[] = [];
  for (const { command } of met.steps)
    if (command !== undefined && isReading(command)) faults.push(await judgeReading(command, met.scene, met.fault));
  for (const [index, step] of sentences(met).entries()) {
    if (namesWhatToChange(step, met.fault))
      faults.push(await elsewhere(scenario, (other) => judgeOtherSentence(other, index)));
    else faults.push(await judgeSentence(step, met.scene, met.fault));
  }
  for (const [index] of changing(met).entries()) {
    if (index === 0) {
      faults.push(await judgeChange(met, 0));
      continue;
    }
    faults.push(await elsewhere(scenario, (other) => judgeChange(other, index)));
  }
  const bad = faults.filter((fault) => fault !== undefined);
  return share(faults.length - bad.length, faults.length, bad.join('; '));
}

/** Injects the fault for real and asks the six questions. @throws where the scenario itself cannot be prepared. */
export async function judge(scenario: Scenario): Promise<Result> {
  const scene = newScene(scenario);
  try {
    const slower = await slowness(scene);
    const fault = await scenario.inject(scene);
    const typed = await meet(scene, fault);
    const cause = await judgeCause(scene, fault, typed);
    const { mark: time, namedAfterMs } = judgeTime(fault, typed, slower);
    const exit: Mark = [fault.exit].flat().includes(typed.code ?? -1)
      ? full
      : { points: 0, why: `exit ${String(typed.code)}, expected ${String(fault.exit)}` };
    const { mark: story, texts, actions } = await judgeStory(scene, fault, typed);
    const steps = stepsOf(typed.text, texts);
    const step = await judgeSteps(scenario, { scene, fault, steps });
    const clean = await judgeLeft(scene, fault);
    const isIncomplete = claimedActions(scenario.name).some((action) => !actions.includes(action));
    const others = isIncomplete ? await actionsElsewhere(scenario) : [];
    return {
      name: scenario.name,
      marks: { cause, step, time, exit, story, clean },
      ...(namedAfterMs === undefined ? {} : { namedAfterMs }),
      steps: steps.map(({ label, command }) => command ?? label),
      actions: [...new Set([...actions, ...others])],
    };
  } finally {
    await scene.dispose();
  }
}
