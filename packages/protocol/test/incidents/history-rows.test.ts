import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  adviceFor,
  describeNotice,
  describeRow,
  evidenceOf,
  historyRows,
  incidents,
  isExplained,
  type JournalRecord,
  journalCategories,
  type UserAction,
} from '../../src/index.ts';

/** `[ms, category, what, cause?, data?]`. */
type Short = readonly [
  at: number,
  category: JournalRecord['category'],
  what: string,
  cause?: string | undefined,
  data?: JournalRecord['data'] | undefined,
];

function records(...short: readonly Short[]): readonly JournalRecord[] {
  return short.map(([at, category, what, cause, data]) => ({
    at,
    category,
    what,
    ...(cause === undefined ? {} : { cause }),
    ...(data === undefined ? {} : { data }),
  }));
}

const started: readonly Short[] = [
  [0, 'intent', 'start', undefined, { command: 'deskclaw start --gateway builtin', by: 'command' }],
  [2, 'process', 'spawned', undefined, { pid: 7, program: 'built-in gateway' }],
  [50, 'connection', 'ready'],
  [51, 'process', 'running', 'ready', { pid: 7 }],
];

function crash(at: number, pid: number, cause = 'crash (exit code 3)'): readonly Short[] {
  const [, number = '3'] = /exit code (\d+)/.exec(cause) ?? [];
  const signal = /signal (\w+)/.exec(cause)?.[1] ?? null;
  const data = { pid, code: signal === null ? Number(number) : null, signal, lastLines: ['cannot read config'] };
  return [
    [at, 'process', 'terminating', 'exited'],
    [at, 'connection', 'closed'],
    [at + 1, 'process', 'exit', cause, data],
  ];
}

function back(at: number, pid: number): readonly Short[] {
  return [
    [at, 'process', 'spawned', undefined, { pid }],
    [at + 40, 'connection', 'ready', undefined, { lostRequests: 2 }],
    [at + 41, 'process', 'running', 'ready', { pid }],
  ];
}

/** `0 Started`, `+1000 The gateway crashed and came back, 42 ms`. */
function story(...short: readonly Short[]): readonly string[] {
  return historyRows(records(...short), 100_000).map((row) => {
    const { title } = describeRow(row);
    return row.type === 'incident'
      ? `${String(row.at)} ${title} (${String(row.to - row.at)} ms)`
      : `${String(row.at)} ${title}`;
  });
}

describe('historyRows', () => {
  it.each<[string, readonly Short[], readonly string[]]>([
    ['a start', [], []],
    ['a crash', [...crash(5_000, 7), ...back(5_002, 8)], ['5001 The gateway crashed and came back (42 ms)']],
    [
      'a kill from outside',
      [...crash(5_000, 7, 'killed (signal SIGKILL)'), ...back(5_002, 8)],
      ['5001 The gateway was killed from outside and came back (42 ms)'],
    ],
    [
      'a loop of crashes that is given up',
      [
        ...crash(5_000, 7),
        ...back(5_010, 8),
        ...crash(6_000, 8),
        [6_002, 'process', 'backoff', 'gone'],
        ...back(6_500, 9),
        ...crash(6_600, 9),
        [6_602, 'process', 'failed', 'The gateway keeps crashing: 3 crashes', { code: 'crash.loop' }],
      ],
      ['5001 The gateway crashed 3 times and was given up (1601 ms)'],
    ],
    [
      'a socket that breaks just before the exit is known',
      [[4_998, 'connection', 'waiting', 'The connection broke.'], ...crash(5_000, 7), ...back(5_002, 8)],
      ['4998 The gateway crashed and came back (45 ms)'],
    ],
    [
      'a connection that is lost while the process lives',
      [
        [5_000, 'connection', 'waiting', 'The connection broke.'],
        [5_500, 'connection', 'waiting', 'ECONNREFUSED'],
        [6_000, 'connection', 'ready'],
      ],
      ['5000 The connection to the gateway was lost and came back (1000 ms)'],
    ],
    [
      'a gateway that restarts itself',
      [
        [5_000, 'process', 'restarting-itself', 'config change', { pid: 7 }],
        [5_010, 'connection', 'waiting', 'closed with 1012'],
        [6_000, 'process', 'restarted-itself'],
        [6_000, 'connection', 'ready'],
      ],
      ['5000 The connection to the gateway was lost and came back (1000 ms)'],
    ],
    [
      'silence that ends in a restart by DeskClaw',
      [
        [5_000, 'health', 'unresponsive', 'It answers nothing.'],
        [9_000, 'process', 'sigterm', 'unresponsive', { pid: 7, by: 'DeskClaw' }],
        ...crash(9_050, 7, 'killed (signal SIGTERM)'),
        ...back(9_060, 8),
      ],
      ['5000 The gateway stopped answering and came back (4101 ms)'],
    ],
    [
      'silence that ends by itself',
      [
        [5_000, 'health', 'unresponsive', 'It answers nothing.'],
        [7_000, 'health', 'ok'],
      ],
      ['5000 The gateway stopped answering and came back (2000 ms)'],
    ],
    [
      'a stop during an interruption',
      [...crash(5_000, 7), [5_500, 'intent', 'stop'], [5_600, 'process', 'idle']],
      ['5001 The gateway crashed, until you stopped it (499 ms)', '5500 Stopped'],
    ],
    [
      'a requested stop',
      [
        [5_000, 'intent', 'stop'],
        [5_001, 'process', 'sigterm', 'down', { pid: 7, by: 'DeskClaw' }],
        ...crash(5_010, 7, 'requested (exit code 0)'),
        [5_020, 'process', 'idle'],
      ],
      ['5000 Stopped'],
    ],
    [
      'a host that was killed and whose gateway the next one adopts',
      [
        [5_000, 'host', 'killed', 'It recorded no end.', { pid: 99 }],
        [8_000, 'host', 'started', undefined, { pid: 100 }],
        [8_001, 'intent', 'start', undefined, { by: 'adoption' }],
        [8_002, 'process', 'adopted', undefined, { pid: 7 }],
        [8_003, 'connection', 'ready'],
        [8_004, 'process', 'running', 'ready'],
      ],
      ['5000 The DeskClaw host was killed, until you started it again (3001 ms)', '8001 Adopted by a new host'],
    ],
    ['an interruption that lasts', crash(5_000, 7), ['5001 The gateway crashed and is not back yet (94999 ms)']],
    [
      'other things that happen once',
      [
        [5_000, 'configuration', 'repaired', 'OpenClaw repaired it.'],
        [6_000, 'clock', 'jumped', undefined, { ms: 9_000 }],
        [7_000, 'channel', 'error', 'no route', { channelId: 'sms' }],
        [7_001, 'channel', 'connected', undefined, { channelId: 'sms' }],
        [8_000, 'upgrade', 'upgrade done', '1 to 2'],
      ],
      [
        '5000 The configuration of OpenClaw was repaired',
        '6000 The clock of the machine jumped',
        '7000 A channel failed: sms',
        '8000 Upgrade upgrade done',
      ],
    ],
  ])('tells %s', (_name, short, rows) => {
    expect(story(...started, ...short)).toEqual(['0 Started', ...rows]);
  });

  it('tells a start that fails by its reason, with the last output of the program', () => {
    const [row] = historyRows(
      records(
        [0, 'intent', 'start', undefined, { command: 'deskclaw start --port 0' }],
        [2, 'process', 'spawned', undefined, { pid: 7 }],
        [
          5,
          'process',
          'exit',
          'crash (exit code 3)',
          { pid: 7, code: 3, signal: null, lastLines: ['cannot read config'] },
        ],
        [6, 'process', 'failed', 'The gateway exited: it crashed', { code: 'gateway.exited' }],
      ),
      10,
    );
    expect(row).toMatchObject({ type: 'action', outcome: 'failed', failure: { code: 'gateway.exited' } });
    if (row === undefined || !isExplained(row)) throw new Error('the failed start is not explained');
    expect(describeRow(row)).toEqual({
      title: 'Start failed: The gateway exited: it crashed',
      details: ['last output: cannot read config', 'deskclaw start --port 0'],
    });
    expect(evidenceOf(row)).toEqual([
      'The gateway exited: it crashed',
      'Process 7 ended with exit code 3.',
      'Its last output:\n  cannot read config',
    ]);
    // Trying the same again is no advice: the status says what to do first.
    expect(adviceFor(row).map(({ command }) => command)).toContain('deskclaw status');
  });

  it('a gateway that does not answer now is advised to be restarted, as a start would find it running', () => {
    const silence: Short = [5_000, 'health', 'unresponsive', 'It answers nothing.'];
    const [, silent] = historyRows(records(...started, silence), 100_000);
    const [, gone] = historyRows(records(...started, ...crash(5_000, 7)), 100_000);
    const commands = [silent, gone].map((row) =>
      row !== undefined && isExplained(row) ? adviceFor(row).at(-1)?.command : undefined,
    );
    expect(commands).toEqual(['deskclaw restart', 'deskclaw start']);
  });

  it('counts requests that an interruption cost, and says who sent a signal where that is known', () => {
    const [, killed] = historyRows(
      records(...started, ...crash(5_000, 7, 'killed (signal SIGKILL)'), ...back(5_002, 8)),
      100_000,
    );
    if (killed?.type !== 'incident') throw new Error('no incident');
    expect(killed).toMatchObject({ lostRequests: 2, exits: 1, starts: 1, pid: 7, program: 'built-in gateway' });
    expect(evidenceOf(killed)).toEqual([
      'Process 7 ended with signal SIGKILL.',
      'DeskClaw did not send that signal; the system does not tell who did.',
      'Its last output:\n  cannot read config',
      '2 requests got no answer; whether they took effect is unknown.',
    ]);
    expect(describeNotice(killed)).toBe('DeskClaw noticed it by the exit of the process');
  });

  it('a host that ends after a failed start is no stop, and one that ends with its gateway is', () => {
    const failed: readonly Short[] = [
      [0, 'intent', 'start'],
      [1, 'process', 'failed', 'no program'],
      [2, 'intent', 'stop', undefined, { by: 'shutdown' }],
      [3, 'host', 'ended'],
    ];
    expect(story(...failed)).toEqual(['0 Start failed: no program']);
    expect(story(...started, [60, 'intent', 'stop', undefined, { by: 'shutdown' }], [70, 'process', 'idle'])).toEqual([
      '0 Started',
      '60 Stopped with the host',
    ]);
  });

  it('a start that a newer request replaces is superseded by it', () => {
    const rows = historyRows(records([0, 'intent', 'start'], [5, 'intent', 'stop'], [9, 'process', 'idle']), 10);
    expect(rows).toMatchObject([
      { what: 'start', outcome: 'superseded', to: 5 },
      { what: 'stop', outcome: 'done' },
    ]);
  });

  it('an attached gateway is started when it is connected', () => {
    const rows = historyRows(records([0, 'intent', 'start'], [5, 'connection', 'ready']), 10);
    expect(rows).toMatchObject([{ what: 'start', outcome: 'done', to: 5 } satisfies Partial<UserAction>]);
  });
});

describe('a recovery step', () => {
  it('a step after restarts had been given up belongs to the same interruption, and its requests are nobody else’s', () => {
    const rows = historyRows(
      records(
        ...started,
        ...crash(1_000, 7),
        [1_010, 'process', 'failed', 'It keeps crashing', { code: 'crash.loop' }],
        [1_020, 'recovery', 'step', 'The last good configuration is back.', { step: 'configuration' }],
        [1_030, 'intent', 'restart', undefined, { by: 'recovery' }],
        ...back(1_100, 8),
        [61_200, 'recovery', 'proven', 'The gateway stays up.'],
      ),
      90_000,
    );
    expect(rows.map((row) => describeRow(row).title)).toEqual([
      'Started',
      'The gateway crashed and came back',
      'DeskClaw took a recovery step',
      'The gateway stayed up after a recovery step',
    ]);
    const [, incident] = rows;
    if (incident === undefined || !isExplained(incident)) throw new Error('no interruption');
    expect(evidenceOf(incident)).toContain('The last good configuration is back.');
  });
});

describe('historyRows of any records', () => {
  const whats = [
    ...['start', 'stop', 'restart', 'failed'],
    ...['spawned', 'adopted', 'running', 'exit', 'backoff', 'idle', 'terminating', 'sigterm', 'sigkill'],
    ...[
      'ready',
      'waiting',
      'closed',
      'paused',
      'exhausted',
      'ok',
      'busy',
      'unresponsive',
      'started',
      'ended',
      'killed',
    ],
  ];
  const record = fc.record({
    at: fc.integer({ min: 0, max: 60_000 }),
    category: fc.constantFrom(...journalCategories),
    what: fc.constantFrom(...whats),
    cause: fc.constantFrom('crash (exit code 1)', 'requested (exit code 0)', 'killed (signal SIGKILL)', 'other'),
    data: fc.constant({ pid: 7 }),
  });

  it('has rows in order, each within its time, and interruptions that do not overlap', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 60 }), (list) => {
        const now = 60_000;
        const rows = historyRows(list, now);
        let before = Number.NEGATIVE_INFINITY;
        for (const row of rows) {
          expect(row.at).toBeGreaterThanOrEqual(before);
          before = row.at;
          expect(row.to).toBeGreaterThanOrEqual(row.at);
          expect(row.to).toBeLessThanOrEqual(now);
          expect(row.records.length).toBeGreaterThan(0);
          expect(describeRow(row).title).not.toBe('');
          if (isExplained(row)) {
            expect(adviceFor(row).length).toBeGreaterThan(0);
            for (const line of evidenceOf(row)) expect(line).not.toBe('');
          }
        }
        const [first, ...rest] = incidents(list, now);
        rest.reduce((previous, next) => {
          expect(next.at).toBeGreaterThanOrEqual(previous?.to ?? 0);
          return next;
        }, first);
      }),
      { numRuns: 500 },
    );
  });

  it('is the same whatever the order of the records of different times', () => {
    const distinct = fc.uniqueArray(record, { maxLength: 30, selector: ({ at }) => at });
    fc.assert(
      fc.property(distinct, (list) => {
        expect(historyRows(list.toReversed(), 60_000)).toEqual(historyRows(list, 60_000));
      }),
    );
  });

  it('puts each record into at most one row', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 40 }), (list) => {
        const used = historyRows(list, 60_000).flatMap((row) => row.records);
        // The request that ends an interruption is its last step, and begins a row of its own.
        // So is a step of the recovery ladder a row, and part of the interruption that it is to end.
        const twice: readonly JournalRecord['category'][] = ['intent', 'host', 'recovery'];
        const requests = list.filter(({ category }) => twice.includes(category));
        expect(new Set(used).size).toBeGreaterThanOrEqual(used.length - requests.length);
      }),
    );
  });
});

it.each<[what: string, data: JournalRecord['data']]>([
  ['a field', { generation: 2, inside: true }],
  ['its cause alone, as records of before 0.3', { generation: 2 }],
])('a request from inside the gateway is recognised by %s', (_what, data) => {
  const cause = 'Requested by deskclaw (pid 9), which runs inside the gateway.';
  const rows = historyRows(records(...started, [1_000, 'intent', 'restart', cause, data]), 2_000);
  expect(rows.at(-1)).toMatchObject({ type: 'action', what: 'restart', insider: cause });
});

it('a request from outside names no insider, whatever its cause is', () => {
  const asked: Short = [1_000, 'intent', 'stop', 'Requested by deskclaw (pid 9).', { generation: 2 }];
  expect(historyRows(records(...started, asked), 2_000).at(-1)).not.toHaveProperty('insider');
});

it('a request from inside the gateway is recognised by its field, however its cause is worded', () => {
  const asked: Short = [1_000, 'intent', 'stop', 'Requested by the agent.', { inside: true }];
  expect(historyRows(records(...started, asked), 2_000).at(-1)).toMatchObject({ insider: 'Requested by the agent.' });
});
