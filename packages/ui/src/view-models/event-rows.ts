import type { TimelineLane, TimelineRecord } from '@deskclaw/protocol';
import type { Entry, Notice } from '../session/happening.ts';
import { moment, took } from './durations.ts';
import type { Tone } from './state-face.ts';

export interface EventRow {
  readonly id: number;
  readonly at: number;
  readonly time: string;
  readonly lane: TimelineLane | 'gateway';
  readonly tone: Tone;
  readonly text: string;
  /** Why, and how long what came before had lasted. */
  readonly detail: string | undefined;
  /** "×12", where the same happened again and again. */
  readonly times: string | undefined;
}

const LONGEST = 160;

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/gu, ' ').trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Words that a person should notice, in the order in which they decide. */
const tones: readonly (readonly [RegExp, Tone])[] = [
  [/gave up|crash|failed|fatal|refused|exhausted|error|unresponsive|killed/iu, 'alert'],
  [/lost|drop|exited|ended|closed|missed|busy|timeout|timed out/iu, 'caution'],
  [/running|ready|connected|open|recovered|healthy/iu, 'ok'],
  [/start|spawn|reconnect|retry|connecting|restart|stopping/iu, 'working'],
];

function toneOf(text: string): Tone {
  return tones.find(([pattern]) => pattern.test(text))?.[1] ?? 'idle';
}

function timelineRow(record: TimelineRecord): Pick<EventRow, 'lane' | 'tone' | 'text' | 'detail'> {
  const lasted = record.durationMs === undefined ? undefined : `after ${took(record.durationMs)}`;
  const detail = [record.cause, lasted].filter((part) => part !== undefined).join(' · ');
  return {
    lane: record.lane,
    tone: toneOf(record.what),
    text: sentence(record.what),
    detail: detail === '' ? undefined : detail,
  };
}

type Words = Pick<EventRow, 'tone' | 'text' | 'detail'>;

function noticeWords({ method, facts, excerpt }: Notice): Words {
  const all = excerpt === '' || excerpt === '{}' ? undefined : excerpt;
  switch (method) {
    case 'channel.status_changed': {
      const status = facts['status'] ?? 'changed';
      const tone = status === 'error' ? 'alert' : status === 'connected' ? 'ok' : 'idle';
      return { tone, text: `Channel ${facts['channelId'] ?? 'unknown'}: ${status}`, detail: facts['error'] };
    }
    case 'tool.call_started':
      return { tone: 'working', text: `Tool ${facts['tool'] ?? 'unknown'} called`, detail: undefined };
    case 'tool.call_completed':
      return { tone: 'idle', text: `Tool ${facts['tool'] ?? 'unknown'} answered`, detail: undefined };
    case 'gateway.status_changed':
      return { tone: 'idle', text: `The gateway says it is ${facts['state'] ?? 'changing'}`, detail: facts['reason'] };
    case 'error':
      return { tone: 'alert', text: 'The gateway reports an error', detail: facts['message'] ?? all };
    default:
      return { tone: 'idle', text: method, detail: all };
  }
}

/** One row of the list of events. */
export function eventRow(entry: Entry, now: number): EventRow {
  const { happening } = entry;
  const words =
    happening.kind === 'timeline'
      ? timelineRow(happening.record)
      : { lane: 'gateway' as const, ...noticeWords(happening.notice) };
  return {
    ...words,
    text: shortened(words.text),
    detail: words.detail === undefined ? undefined : shortened(words.detail),
    id: entry.id,
    at: entry.at,
    time: moment(entry.at, now),
    times: entry.times > 1 ? `×${entry.times.toLocaleString('en')}` : undefined,
  };
}
