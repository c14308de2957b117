import type { DurationHistogram, GatewayState, MetricsSnapshot } from '@deskclaw/protocol';

/** `prometheus`: text format 0.0.4, which every scraper reads. `openmetrics`: 1.0, which one may ask for. */
export type MetricsFormat = 'prometheus' | 'openmetrics';

export const metricsContentType: Readonly<Record<MetricsFormat, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

interface Sample {
  /** After the name of the family. */
  readonly suffix?: '_total' | '_bucket' | '_sum' | '_count';
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Family {
  /** Without `_total`; ends with the unit if there is one. */
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly unit?: 'seconds' | 'bytes';
  readonly help: string;
  readonly samples: readonly Sample[];
}

const states: readonly GatewayState[] = ['stopped', 'starting', 'running', 'reconnecting', 'stopping', 'error'];

function gauge(name: string, help: string, value: number | undefined): Family {
  const unit = /_(seconds|bytes)$/.exec(name)?.[1];
  return {
    name,
    type: 'gauge',
    ...(unit === 'seconds' || unit === 'bytes' ? { unit } : {}),
    help,
    samples: value === undefined ? [] : [{ value }],
  };
}

function counter(name: string, help: string, values: readonly Omit<Sample, 'suffix'>[]): Family {
  return {
    name,
    type: 'counter',
    ...(name.endsWith('_seconds') ? { unit: 'seconds' } : {}),
    help,
    samples: values.map((sample) => ({ ...sample, suffix: '_total' })),
  };
}

function byLabel(label: string, values: object): readonly Omit<Sample, 'suffix'>[] {
  return Object.entries(values).flatMap(([name, value]: [string, unknown]) =>
    typeof value === 'number'
      ? [{ labels: { [label]: name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) }, value }]
      : [],
  );
}

function known(value: number | undefined): readonly { readonly value: number }[] {
  return value === undefined ? [] : [{ value }];
}

const seconds = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms / 1_000);

function histogram(name: string, help: string, { buckets, count, sumMs }: DurationHistogram): Family {
  return {
    name,
    type: 'histogram',
    unit: 'seconds',
    help,
    samples: [
      ...buckets.map(
        (bucket): Sample => ({ suffix: '_bucket', labels: { le: limit(bucket.leMs) }, value: bucket.count }),
      ),
      { suffix: '_bucket', labels: { le: '+Inf' }, value: count },
      { suffix: '_sum', value: sumMs / 1_000 },
      { suffix: '_count', value: count },
    ],
  };
}

/** OpenMetrics writes the limits of buckets as floats: `1.0`. */
function limit(ms: number): string {
  const text = String(ms / 1_000);
  return text.includes('.') ? text : `${text}.0`;
}

function families(snapshot: MetricsSnapshot): readonly Family[] {
  const { state, health, host, requests } = snapshot;
  return [
    {
      name: 'deskclaw_build_info',
      type: 'gauge',
      help: 'Version of the host.',
      samples: [{ labels: { version: host.version }, value: 1 }],
    },
    gauge('deskclaw_gateway_up', 'Whether the gateway runs and is connected.', state === 'running' ? 1 : 0),
    {
      name: 'deskclaw_gateway_state',
      type: 'gauge',
      help: 'State of the gateway: 1 for the current one.',
      samples: states.map((each) => ({ labels: { state: each }, value: each === state ? 1 : 0 })),
    },
    gauge(
      'deskclaw_gateway_responsive',
      'Whether the gateway shows signs of life.',
      health === 'unresponsive' || health === 'down' ? 0 : 1,
    ),
    gauge('deskclaw_gateway_uptime_seconds', 'How long the connection has been up.', seconds(snapshot.uptimeMs)),
    counter('deskclaw_gateway_restarts', 'Times that the gateway was started again.', [{ value: snapshot.restarts }]),
    counter('deskclaw_gateway_incidents', 'Interruptions that nobody asked for.', [{ value: snapshot.incidents }]),
    counter('deskclaw_gateway_connections', 'Connections that became ready.', [{ value: snapshot.connections }]),
    counter(
      'deskclaw_gateway_cpu_seconds',
      'CPU time of the main process of the gateway.',
      known(seconds(snapshot.process?.cpuMs)),
    ),
    gauge(
      'deskclaw_gateway_resident_memory_bytes',
      'Resident memory of the main process of the gateway.',
      snapshot.process?.rssBytes,
    ),
    histogram('deskclaw_round_trip_seconds', 'Round trips of requests, one measured at a time.', snapshot.roundTrips),
    gauge('deskclaw_requests_pending', 'Requests that wait for their answers.', snapshot.pending),
    counter('deskclaw_requests', 'Requests to the gateway by how they were settled.', byLabel('outcome', requests)),
    counter(
      'deskclaw_replies_dropped',
      'Replies that belonged to no request.',
      byLabel('reason', snapshot.droppedReplies),
    ),
    counter('deskclaw_frames_invalid', 'Frames of the gateway that could not be read.', [
      { value: snapshot.invalidFrames },
    ]),
    counter('deskclaw_event_gaps', 'Gaps in the sequence of events.', [{ value: snapshot.eventGaps }]),
    gauge('deskclaw_host_uptime_seconds', 'How long the host has been running.', seconds(host.uptimeMs)),
    counter('deskclaw_host_cpu_seconds', 'CPU time of the host.', known(seconds(host.cpuMs))),
    gauge('deskclaw_host_resident_memory_bytes', 'Resident memory of the host.', host.rssBytes),
    gauge('deskclaw_host_clients', 'Clients that are connected to the host.', host.clients),
  ];
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function sampleLine(name: string, { suffix, labels, value }: Sample): string {
  const pairs = Object.entries(labels ?? {}).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
  return `${name}${suffix ?? ''}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${String(value)}`;
}

/** Returns metrics as text for a scraper. Nothing in it is a secret: numbers, states and the version. */
export function metricsText(snapshot: MetricsSnapshot, format: MetricsFormat): string {
  const lines = families(snapshot).flatMap(({ name, type, unit, help, samples }) => {
    if (samples.length === 0) return [];
    // In 0.0.4 a counter is declared with its whole name; OpenMetrics declares the family.
    const declared = format === 'prometheus' && type === 'counter' ? `${name}_total` : name;
    return [
      `# HELP ${declared} ${help}`,
      `# TYPE ${declared} ${type}`,
      ...(unit !== undefined && format === 'openmetrics' ? [`# UNIT ${declared} ${unit}`] : []),
      ...samples.map((sample) => sampleLine(name, sample)),
    ];
  });
  return `${[...lines, ...(format === 'openmetrics' ? ['# EOF'] : [])].join('\n')}\n`;
}
