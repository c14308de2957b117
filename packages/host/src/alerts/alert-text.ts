import type { Problem } from '@deskclaw/protocol';
import { cleanLine } from '@deskclaw/protocol';
import { withOwnProfile } from '../profile/start-command.ts';
import type { Alert } from './alert-policy.ts';

/** Where an alert comes from. */
export interface AlertOrigin {
  readonly profile: string;
  readonly machine: string;
}

export interface AlertText {
  readonly title: string;
  readonly text: string;
}

const MAX_DETAIL = 400;
const MAX_TEXT = 1_000;
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

function span(ms: number): string {
  if (ms < MINUTE) return `${String(Math.round(ms / SECOND))} s`;
  if (ms < HOUR) return `${String(Math.round(ms / MINUTE))} min`;
  const minutes = Math.round(ms / MINUTE);
  return `${String(Math.floor(minutes / 60))} h ${String(minutes % 60)} min`;
}

function reason(problem: Problem | undefined): string {
  if (problem === undefined) return '';
  const detail = cleanLine(problem.detail.split('\n')[0] ?? '').slice(0, MAX_DETAIL);
  return `${problem.title}. ${detail}`.trim();
}

function nextStep(problem: Problem | undefined, profile: string): string {
  const action = problem?.actions.find(({ command }) => command !== undefined);
  return withOwnProfile(`Next: ${action?.command ?? 'deskclaw status'}`, profile);
}

function lines(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('\n');
}

/** The words of an alert, in plain text. */
export function describeAlert(alert: Alert, { profile, machine }: AlertOrigin): AlertText {
  const place = profile === 'default' ? machine : `${machine}, profile ${profile}`;
  switch (alert.kind) {
    case 'down': {
      const text = lines(reason(alert.problem), `Down for ${span(alert.downForMs)}; DeskClaw keeps trying.`);
      return { title: `Gateway down (${place})`, text };
    }
    case 'given-up': {
      const text = lines(
        reason(alert.problem),
        `Down for ${span(alert.downForMs)}; DeskClaw does not try again by itself.`,
        nextStep(alert.problem, profile),
      );
      return { title: `Gateway given up (${place})`, text };
    }
    case 'back': {
      const cause = alert.problem === undefined ? '' : `Cause: ${reason(alert.problem)}`;
      return { title: `Gateway back (${place})`, text: lines(`It was down for ${span(alert.downForMs)}.`, cause) };
    }
    case 'held-back': {
      const times = alert.interruptions === 1 ? 'once' : `${String(alert.interruptions)} times`;
      const text = `The gateway was down ${times} while alerts were held back, ${span(alert.downForMs)} in all. ${withOwnProfile('See: deskclaw history', profile)}`;
      return { title: `Gateway was down (${place})`, text };
    }
    case 'recovery': {
      const next = withOwnProfile(alert.asks ? 'Agree: deskclaw recover' : 'See: deskclaw why', profile);
      const title = alert.asks ? `Recovery needs you (${place})` : `Recovery step taken (${place})`;
      return { title, text: lines(cleanLine(alert.message).slice(0, MAX_TEXT), next) };
    }
    case 'test':
      return { title: `Test alert (${place})`, text: 'Alerts of DeskClaw reach you here.' };
    default:
      return alert satisfies never;
  }
}

/** Fills `{title}`, `{text}`, `{profile}`, `{machine}`, `{kind}` and `{code}` in a user's template; other braces stay. */
export function fillTemplate(template: string, alert: Alert, origin: AlertOrigin): string {
  const problem = 'problem' in alert ? alert.problem : undefined;
  const values: Readonly<Record<string, string>> = {
    ...describeAlert(alert, origin),
    ...origin,
    kind: alert.kind,
    code: problem?.code ?? '',
  };
  return template.replace(/\{([a-z]+)\}/g, (whole, name: string) => values[name] ?? whole);
}
