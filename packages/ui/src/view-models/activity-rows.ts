import type { JournalCategory, JournalRecord } from '@deskclaw/protocol';
import type { ActivityEntry, GatewayNotification } from '../session/activity.ts';
import { formatElapsed, formatTimestamp } from './durations.ts';
import type { Tone } from './state-appearance.ts';

export interface ActivityText {
  readonly text: string;
  readonly tone: Tone;
  readonly detail: string | undefined;
}

type EventFormatter = (record: JournalRecord) => ActivityText;

function joined(...parts: readonly (string | undefined)[]): string | undefined {
  const present = parts.filter((part) => part !== undefined && part !== '');
  return present.length === 0 ? undefined : present.join(' · ');
}

function factOf(record: JournalRecord, name: string): string | number | undefined {
  const value = record.data?.[name];
  return typeof value === 'string' || typeof value === 'number' ? value : undefined;
}

function pidOf(record: JournalRecord): string | undefined {
  const pid = factOf(record, 'pid');
  return pid === undefined ? undefined : `pid ${String(pid)}`;
}

function after({ durationMs }: JournalRecord): string | undefined {
  return durationMs === undefined ? undefined : `after ${formatElapsed(durationMs)}`;
}

/** Returns the first line of the cause; the program output is in the log. */
function why({ cause }: JournalRecord): string | undefined {
  return cause?.split('\n', 1)[0];
}

function exit(record: JournalRecord): ActivityText {
  const expected = /^(requested|clean)\b/u.test(record.cause ?? '');
  return {
    text: 'Process exited',
    tone: expected ? 'idle' : 'caution',
    detail: joined(why(record), pidOf(record), after(record)),
  };
}

function running(record: JournalRecord): ActivityText {
  const bootMs = factOf(record, 'bootMs');
  const ready = typeof bootMs === 'number' ? `in ${formatElapsed(bootMs)}` : undefined;
  return { text: 'Gateway ready', tone: 'ok', detail: joined(ready, pidOf(record)) };
}

function connected(record: JournalRecord): ActivityText {
  const dialect = factOf(record, 'dialect');
  const version = factOf(record, 'version');
  const names = [dialect === 'openclaw' ? 'OpenClaw' : dialect === 'jsonrpc' ? 'JSON-RPC' : dialect, version];
  const peer = names.filter((name) => name !== undefined).join(' ');
  return { text: 'Connected', tone: 'ok', detail: joined(why(record), peer) };
}

function waiting(record: JournalRecord): ActivityText {
  const attempt = factOf(record, 'attempt');
  const failed = attempt === undefined || attempt === 0 ? undefined : `attempt ${String(attempt)} failed`;
  return { text: 'Waiting to reconnect', tone: 'caution', detail: joined(failed, why(record)) };
}

function plain(text: string, tone: Tone): EventFormatter {
  return (record) => ({ text, tone, detail: joined(why(record), pidOf(record)) });
}

/** Formatters by category and name; other records use `formatUnknown`. */
const formatters: Readonly<Record<string, EventFormatter>> = {
  'process spawned': plain('Process started', 'working'),
  'process adopted': plain('Process taken over', 'ok'),
  'process running': running,
  'process exit': exit,
  'process terminating': (record) => ({ text: 'Stopping (SIGTERM sent)', tone: 'working', detail: pidOf(record) }),
  'process sigkill': plain('SIGKILL sent', 'caution'),
  'process backoff': plain('Waiting to restart', 'caution'),
  'process failed': plain('Automatic restarts stopped', 'alert'),
  'intent failed': plain('The request failed', 'alert'),
  'host started': plain('DeskClaw host started', 'idle'),
  'host ended': plain('DeskClaw host ended', 'idle'),
  'host killed': plain('The DeskClaw host was killed', 'caution'),
  'clock jumped': plain('The clock of the machine jumped', 'caution'),
  'clock slept': plain('The machine slept', 'idle'),
  'configuration repaired': plain('OpenClaw repaired its configuration', 'caution'),
  'configuration failed': plain('OpenClaw could not repair its configuration', 'alert'),
  'recovery step': plain('DeskClaw took a recovery step', 'caution'),
  'recovery skipped': plain('A recovery step did not apply', 'idle'),
  'recovery asked': plain('A recovery step waits for you', 'alert'),
  'recovery proven': plain('The gateway stayed up after a recovery step', 'ok'),
  'recovery given-up': plain('No recovery step is left', 'alert'),
  'health busy': plain('The gateway is busy', 'caution'),
  'health unresponsive': plain('The gateway does not answer', 'alert'),
  'health ok': plain('The gateway answers again', 'ok'),
  'connection ready': connected,
  'connection waiting': waiting,
  'connection paused': plain('Connection paused', 'alert'),
  'connection exhausted': plain('Gateway unreachable', 'alert'),
  'connection closed': (record) => ({
    text: 'Connection closed',
    tone: 'idle',
    detail: why(record),
  }),
};

function formatUnknown(record: JournalRecord): ActivityText {
  const text = record.what.charAt(0).toUpperCase() + record.what.slice(1);
  return { text, tone: 'idle', detail: why(record) };
}

export function formatRecord(record: JournalRecord): ActivityText {
  const key = `${record.category} ${record.what}`;
  const formatter = Object.hasOwn(formatters, key) ? formatters[key] : undefined;
  return (formatter ?? formatUnknown)(record);
}

export interface ActivityRow {
  readonly id: number;
  readonly at: number;
  readonly time: string;
  readonly category: JournalCategory | 'gateway';
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
      return { tone: 'working', text: `Tool ${facts['tool'] ?? 'unknown'} started`, detail: undefined };
    case 'tool.call_completed':
      return { tone: 'idle', text: `Tool ${facts['tool'] ?? 'unknown'} finished`, detail: undefined };
    case 'gateway.status_changed':
      return { tone: 'idle', text: `Gateway state: ${facts['state'] ?? 'changing'}`, detail: facts['reason'] };
    case 'error':
      return { tone: 'alert', text: 'Gateway error', detail: facts['message'] ?? all };
    default:
      return { tone: 'idle', text: method, detail: all };
  }
}

/** Builds one row of the Activity card. */
export function activityRow(entry: ActivityEntry, now: number): ActivityRow {
  const { event } = entry;
  const words =
    event.kind === 'timeline'
      ? { category: event.record.category, ...formatRecord(event.record) }
      : { category: 'gateway' as const, ...formatNotification(event.notification) };
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
