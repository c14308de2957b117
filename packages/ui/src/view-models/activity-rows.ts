import type { TimelineLane } from '@deskclaw/protocol';
import type { ActivityEntry, GatewayNotification } from '../session/activity.ts';
import { formatTimestamp } from './durations.ts';
import type { Tone } from './state-appearance.ts';
import { type ActivityText, formatRecord } from './timeline-words.ts';

export interface ActivityRow {
  readonly id: number;
  readonly at: number;
  readonly time: string;
  readonly lane: TimelineLane | 'gateway';
  readonly tone: Tone;
  readonly text: string;
  /** Why, and how long what came before had lasted. */
  readonly detail: string | undefined;
  /** "×12", where the same happened again and again. */
  readonly repetitions: string | undefined;
}

const LONGEST = 160;

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/gu, ' ').trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
}

function formatNotification({ method, facts, excerpt }: GatewayNotification): ActivityText {
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
export function activityRow(entry: ActivityEntry, now: number): ActivityRow {
  const { event } = entry;
  const words =
    event.kind === 'timeline'
      ? { lane: event.record.lane, ...formatRecord(event.record) }
      : { lane: 'gateway' as const, ...formatNotification(event.notification) };
  return {
    ...words,
    text: shortened(words.text),
    detail: words.detail === undefined ? undefined : shortened(words.detail),
    id: entry.id,
    at: entry.at,
    time: formatTimestamp(entry.at, now),
    repetitions: entry.count > 1 ? `×${entry.count.toLocaleString('en')}` : undefined,
  };
}
