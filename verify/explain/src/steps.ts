import { type Fault, factValue, shows, showsAny } from './scenario.ts';
import type { Scene, Typed } from './scene.ts';

/** A next step as it is printed: a command to type, or a sentence to follow. */
export interface Step {
  readonly label: string;
  readonly command: string | undefined;
}

/** A step on a narrow terminal: its sentence may go on below itself, and its command stands further in on a line of its own. */
function narrowStep(first: string, following: readonly string[]): Step {
  let label = first;
  for (const line of following) {
    if (label.endsWith(':')) return { label: label.slice(0, -1), command: line.trim() };
    if (!/^ {4}\S/.test(line)) break;
    label += ` ${line.trim()}`;
  }
  return { label, command: undefined };
}

/** Reads the next steps of an output: `→ label:  command`, `→ label: deskclaw …` of `why`, `→ sentence`, `Next: command`. */
export function readSteps(text: string): readonly Step[] {
  const lines = text.replaceAll('\r', '').split('\n');
  return lines.flatMap((line, index): readonly Step[] => {
    const next = /^(?:Next|To see why): (.+)$/.exec(line);
    if (next !== null) return [{ label: 'Next', command: next[1] }];
    const step = /^\s*(?:→|->) (.+)$/.exec(line)?.[1];
    if (step === undefined) return [];
    const [, label, command] =
      /^(.*?):\s{2,}(\S.*)$/.exec(step) ?? /^(.*): ((?:deskclaw|journalctl) .*)$/.exec(step) ?? [];
    if (label === undefined) return [narrowStep(step, lines.slice(index + 1))];
    return [{ label, command }];
  });
}

const reading = [
  /^deskclaw( --profile \S+)? (status|logs|history|why|paths|methods|health|doctor|help|channels|version)\b(?!.*--fix)/,
  /^deskclaw( --profile \S+)? (config (get|list|path|schema)|openclaw list|call chat\.history)\b/,
  /^(ps|ls|df|openssl x509|cat|journalctl|ss|head|stat|id|ulimit|openclaw (devices list|models status))\b/,
];

/** Whether a command only shows something. */
export function isReading(command: string): boolean {
  return reading.some((pattern) => pattern.test(command));
}

/** Words that stand for something which the reader would have to put in their place: such a command cannot be typed. */
const placeholder = /\/path\/to\/|\/full\/path\/|\b(FILE|TOKEN|NAME|DIR)\b/;

/** A sentence that a person can follow names the path, setting or program that has to be changed. */
export function namesWhatToChange({ label }: Step, { person }: Pick<Fault, 'person'>): boolean {
  return person !== undefined && shows(label, person.named);
}

/** Follows a sentence without a command: the person does what it says, and types again what failed. */
export async function judgeSentence(step: Step, scene: Scene, fault: Fault): Promise<string | undefined> {
  if (!namesWhatToChange(step, fault)) return `"${step.label}" names nothing that has to be changed here`;
  await fault.person?.act();
  const again = await scene.type(fault.command, { ...placeOf(fault), limitMs: fault.limitMs ?? 60_000 });
  if (await isHealed(scene, fault, again)) return undefined;
  return `"${step.label}" was followed and changed nothing (${excerpt(again)})`;
}

function excerpt({ code, text }: Typed): string {
  return `exit ${String(code)}: ${text.trim().replaceAll(/\s+/g, ' ').slice(0, 160)}`;
}

/** Types a command that only shows something. */
export async function judgeReading(command: string, scene: Scene, fault: Fault): Promise<string | undefined> {
  const typed = await scene.type(command, { ...placeOf(fault), limitMs: 15_000 });
  const facts = [...fault.names, ...(fault.information ?? [])];
  if (showsAny(typed.text, facts)) return undefined;
  return `"${command}" shows nothing of it (${excerpt(typed)})`;
}

export function placeOf({ env, cwd }: Fault): { env?: Readonly<Record<string, string>>; cwd?: string } {
  return { ...(env === undefined ? {} : { env }), ...(cwd === undefined ? {} : { cwd }) };
}

/** Whether a step ended with a failure, and the one that it was to heal. */
function failsAsBefore(fault: Pick<Fault, 'exit'>, { code }: Pick<Typed, 'code'>): boolean {
  return code !== 0 && [fault.exit].flat().includes(code ?? -1);
}

async function isHealed(scene: Scene, fault: Fault, step: Typed): Promise<boolean> {
  if (failsAsBefore(fault, step)) return false;
  if (fault.isHealed !== undefined) return fault.isHealed(scene, step);
  if (step.code !== 0) return false;
  const status = await scene.type('deskclaw status', { ...placeOf(fault), limitMs: 20_000 });
  if (status.code === 0) return true;
  if (fault.repeatForMs !== undefined) return false;
  const again = await scene.type(fault.command, { ...placeOf(fault), limitMs: fault.limitMs ?? 60_000 });
  return again.code === 0;
}

/** Types a command that is to change something; where it does not, once more after a person did what the sentences say. */
export async function judgeChanging(
  command: string,
  scene: Scene,
  fault: Fault,
  sentences: readonly string[],
): Promise<string | undefined> {
  if (placeholder.test(command)) return `"${command}" cannot be typed as it is`;
  const input = fault.input === undefined ? {} : { input: fault.input };
  const options = { ...placeOf(fault), ...input, limitMs: fault.limitMs ?? 60_000 };
  const typed = await scene.type(command, options);
  const promise = fault.promises?.find(({ step }) => step.test(command));
  if (promise !== undefined) {
    const missing = promise.shows.filter((fact) => !shows(typed.text, fact));
    if (missing.length === 0) return undefined;
    return `"${command}" does not show ${missing.map((fact) => String(factValue(fact))).join(', ')} (${excerpt(typed)})`;
  }
  if (await isHealed(scene, fault, typed)) return undefined;
  const { person } = fault;
  if (person === undefined) return `"${command}" changes nothing (${excerpt(typed)})`;
  if (!sentences.some((sentence) => showsAny(sentence, [person.named])))
    return `"${command}" changes nothing, and no step names ${String(factValue(person.named))}`;
  await person.act();
  const again = await scene.type(command, options);
  if (await isHealed(scene, fault, again)) return undefined;
  return `"${command}" changes nothing, even after ${String(factValue(person.named))} was corrected (${excerpt(again)})`;
}
