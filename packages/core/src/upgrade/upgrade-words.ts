import { GatewayError } from '../errors/gateway-error.ts';
import type { Failure, UpgradeEnd, UpgradeStep } from './steps.ts';
import type { Begun, Undertaking } from './undertaking.ts';

export const stepWords: Readonly<Record<UpgradeStep, string>> = {
  copy: 'copying the state',
  try: 'trying it on a copy of the state',
  stop: 'stopping the running gateway',
  keep: 'keeping a copy of the state',
  use: 'choosing it',
  start: 'starting it',
  'stop-new': 'ending it',
  restore: 'putting the state back',
  'use-old': 'choosing the version before',
  'start-old': 'starting the version before',
};

export function reasonOf(error: unknown): string {
  if (!(error instanceof GatewayError)) return error instanceof Error ? error.message : String(error);
  const { title, detail } = error.problem;
  return `${title}. ${detail}`;
}

export interface Standing {
  readonly end: 'untouched' | 'back' | { readonly stuck: Failure };
  readonly undertaking: Undertaking;
  /** Whether a gateway runs, or is to run, when all is done. */
  readonly runs: boolean;
  /** Where the state of the other version was put. */
  readonly aside: string | undefined;
}

/** How things stand after an upgrade that failed. */
export function standing({ end, undertaking, runs, aside }: Standing): string {
  const { origin, other, backup } = undertaking;
  const { version } = origin;
  if (end === 'untouched')
    return runs ? `${version} runs on, untouched.` : `${version} stays chosen; nothing was changed.`;
  if (end === 'back') {
    const again = runs ? `${version} runs again` : `${version} is chosen again`;
    const made = aside === undefined ? '' : ` What ${other} made of it is in ${aside}`;
    return `${again}, on the state as it left it.${made}`;
  }
  const { step, reason } = end.stuck;
  const restored = step === 'use-old' || step === 'start-old';
  const where = restored ? 'in its place' : `in ${backup ?? 'its place'}`;
  const kept = ` The state as ${version} left it is ${where}.`;
  return `The way back to ${version} failed too, ${stepWords[step]}: ${reason}${kept} The next start tries again.`;
}

function versions({ kind, origin, other }: Undertaking): readonly [from: string, to: string] {
  return kind === 'upgrade' ? [origin.version, other] : [other, origin.version];
}

function what({ undertaking, state }: Begun): string {
  const [from, to] = versions(undertaking);
  const step = state.failure?.step ?? state.step;
  return `The ${undertaking.kind} from ${from} to ${to} was cut off ${stepWords[step]}.`;
}

function whatBecame({ undertaking }: Begun, done: UpgradeEnd, runs: boolean, aside: string | undefined): string {
  const { origin, other } = undertaking;
  switch (done.kind) {
    case 'upgraded':
      return `${other} is running: it was finished. To go back: deskclaw openclaw rollback`;
    case 'rolled-back': {
      const now = runs ? `${origin.version} runs` : `the next start runs ${origin.version}`;
      return `It was finished: ${now}.${aside === undefined ? '' : ` What ${other} made of the state is in ${aside}`}`;
    }
    case 'failed':
      return standing({ end: done.end, undertaking, runs, aside });
    default:
      return done satisfies never;
  }
}

/** What is said of an undertaking that was cut off. */
export const cutOffWords = {
  unreadable: 'What was written down of an upgrade that was cut off cannot be read; nothing was changed by it.',
  open: (begun: Begun): string => `${what(begun)} The next start ends it, or goes back: deskclaw start`,
  ended: (begun: Begun, done: UpgradeEnd, runs: boolean, aside: string | undefined): string =>
    `${what(begun)} ${whatBecame(begun, done, runs, aside)}`,
  versions,
  step: (step: UpgradeStep): string => stepWords[step],
};
