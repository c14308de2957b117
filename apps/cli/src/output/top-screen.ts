import type { GatewayState, MetricsSnapshot } from '@deskclaw/protocol';
import { formatDuration, localTime, megabytes } from './format.ts';
import { textWidth } from './layout.ts';
import { sparkline, stateStrip } from './sparkline.ts';
import type { Style, Tone } from './style.ts';

/** A snapshot, and what it takes two of them to know. */
export interface TopSample extends MetricsSnapshot {
  /** CPU time of the gateway since the sample before, as a share of one processor, percent. */
  readonly cpuPercent?: number;
}

/** Returns the sample of a snapshot. A gateway that was started again begins at zero: that is no share of the time before. */
export function toSample(snapshot: MetricsSnapshot, before: MetricsSnapshot | undefined): TopSample {
  const [used, usedBefore] = [snapshot.process?.cpuMs, before?.process?.cpuMs];
  const spanMs = before === undefined ? 0 : snapshot.at - before.at;
  if (used === undefined || usedBefore === undefined || used < usedBefore || spanMs <= 0) return snapshot;
  return { ...snapshot, cpuPercent: ((used - usedBefore) / spanMs) * 100 };
}

/** The newest round trip, if there was one since the sample before. */
function freshLatency(sample: TopSample, before: TopSample | undefined): number | undefined {
  return before !== undefined && before.roundTrips.count === sample.roundTrips.count ? undefined : sample.latencyMs;
}

function milliseconds(ms: number | undefined): string {
  if (ms === undefined) return '-';
  return ms < 10 ? `${ms.toFixed(1)} ms` : formatDuration(ms);
}

function percent(value: number | undefined): string {
  return value === undefined ? '-' : `${value.toFixed(value < 10 ? 1 : 0)} %`;
}

function memory(bytes: number | undefined): string {
  return bytes === undefined ? '-' : megabytes(bytes);
}

const marks: Readonly<Record<GatewayState, 'up' | 'between' | 'down'>> = {
  running: 'up',
  starting: 'between',
  reconnecting: 'between',
  stopping: 'between',
  stopped: 'down',
  error: 'down',
};
const tones: Readonly<Record<'up' | 'between' | 'down', Tone>> = { up: 'good', between: 'warn', down: 'bad' };

const LABEL_WIDTH = 11;
const VALUE_WIDTH = 13;

/** Returns the screen of `top`: a row for each measure with its newest value and its course. */
export function topScreen(
  samples: readonly TopSample[],
  { columns, style, profile }: { readonly columns: number; readonly style: Style; readonly profile: string },
): readonly string[] {
  const last = samples.at(-1);
  if (last === undefined) return [];
  const { paint } = style;
  const width = Math.max(0, columns - LABEL_WIDTH - VALUE_WIDTH);
  const row = (label: string, value: string, course: string, tone?: Tone): string =>
    `${paint(label.padEnd(LABEL_WIDTH), 'dim')}${value.padEnd(VALUE_WIDTH)}${paint(course, tone)}`.trimEnd();
  const line = (values: readonly (number | undefined)[], least: number): string =>
    sparkline(values, { width, least, style });
  const title = `deskclaw top, profile "${profile}"`;
  const clock = localTime(last.at);
  const gap = columns - textWidth(title) - textWidth(clock);
  const mark = marks[last.state];
  return [
    gap < 2 ? title.slice(0, columns) : `${paint(title, 'strong')}${' '.repeat(gap)}${clock}`,
    '',
    row(
      'State',
      last.state,
      stateStrip(
        samples.map(({ state }) => marks[state]),
        { width, style },
      ),
      tones[mark],
    ),
    row('Up', last.uptimeMs === undefined ? '-' : formatDuration(last.uptimeMs), ''),
    row(
      'RTT',
      milliseconds(last.latencyMs),
      line(
        samples.map((sample, index) => freshLatency(sample, samples[index - 1])),
        1,
      ),
      'accent',
    ),
    row(
      'CPU',
      percent(last.cpuPercent),
      line(
        samples.map((sample) => sample.cpuPercent),
        10,
      ),
      'accent',
    ),
    row(
      'Memory',
      memory(last.process?.rssBytes),
      line(
        samples.map((sample) => sample.process?.rssBytes),
        1,
      ),
      'accent',
    ),
    row(
      'Pending',
      String(last.pending),
      line(
        samples.map((sample) => sample.pending),
        8,
      ),
      'accent',
    ),
    row(
      'Restarts',
      String(last.restarts),
      line(
        samples.map((sample, index) => sample.restarts - (samples[index - 1] ?? sample).restarts),
        1,
      ),
      'warn',
    ),
    row('Incidents', String(last.incidents), ''),
    '',
    paint('q ends', 'dim'),
  ];
}

/** Returns a sample as one line, for pipes and files. */
export function topLine(sample: TopSample): string {
  return [
    localTime(sample.at),
    sample.state,
    `rtt ${milliseconds(sample.latencyMs)}`,
    `cpu ${percent(sample.cpuPercent)}`,
    `memory ${memory(sample.process?.rssBytes)}`,
    `pending ${String(sample.pending)}`,
    `restarts ${String(sample.restarts)}`,
    `incidents ${String(sample.incidents)}`,
  ].join('  ');
}
