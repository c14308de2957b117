import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redactor, type ReducerStep } from '@deskclaw/core/internal';
import { isObject, isRecordedStep, type RecordedStep } from '@deskclaw/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StepBook } from '../../src/journal/step-book.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deskclaw-steps-'));
  path = join(folder, 'steps.ndjson');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(): StepBook {
  return new StepBook({ path, wallTime: () => 7, redactor: new Redactor(), onError: () => undefined });
}

const connectionConfig = {
  reconnect: {
    baseDelayMs: 1,
    maxDelayMs: 2,
    maxAttempts: 3,
    jitter: 'equal',
    stableAfterMs: 4,
    probeEveryMs: 5,
    approvalEveryMs: 6,
  },
  heartbeat: { intervalMs: 1, timeoutMs: 2, probeMs: 3, wakeProbeMs: 4 },
  handshakeTimeoutMs: 1,
  address: 'ws://127.0.0.1:1/',
} as const;
const methods = Array.from({ length: 150 }, (_, index) => `part${String(index)}.method`);

/** A step of a ready connection to a gateway that lists its methods. */
function readyStep(number: number, padding = ''): ReducerStep {
  const ready = {
    name: 'ready',
    generation: 1,
    since: 0,
    attempt: 0,
    session: { dialect: 'openclaw', version: `1.0${padding}`, methods, events: methods },
    heartbeat: { phase: 'alive', dueAt: number },
  } as const;
  return {
    reducer: 'connection',
    before: ready,
    event: { type: 'accepted', generation: 1, at: number, epoch: 0, random: 0, session: ready.session, intervalMs: 9 },
    config: connectionConfig,
    after: { ...ready, heartbeat: { phase: 'alive', dueAt: number + 1 } },
    effects: [],
  };
}

function stepsOf(file: string): readonly RecordedStep[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line))
    .filter(isRecordedStep);
}

describe('StepBook', () => {
  it('all steps in memory are saved, to the newest one, however long they are', async () => {
    const book = open();
    for (let number = 1; number <= 2_000; number += 1) book.add(readyStep(number, ' of ours'.repeat(110)));
    await book.save({ all: true });
    const numbers = [...stepsOf(`${path}.1`), ...stepsOf(path)].map(({ number }) => number);
    expect(numbers).toEqual(Array.from({ length: 2_000 }, (_, index) => index + 1));
  });

  it('a step is written without the methods and events that the gateway lists', async () => {
    const book = open();
    book.add(readyStep(1));
    await book.save({ all: true });
    const [step] = stepsOf(path);
    const session = isObject(step?.before) ? step.before['session'] : undefined;
    expect(session).toEqual({ dialect: 'openclaw', version: '1.0' });
    expect(readFileSync(path, 'utf8')).not.toContain('part1.method');
  });

  it('other work has its turn while many steps are saved', async () => {
    const book = open();
    for (let number = 1; number <= 600; number += 1) book.add(readyStep(number));
    let turns = 0;
    let isSaving = true;
    const count = () => {
      turns += 1;
      if (isSaving) setImmediate(count);
    };
    setImmediate(count);
    await book.save({ all: true });
    isSaving = false;
    expect(turns).toBeGreaterThan(10);
  });

  it('steps that the disk did not take are written by the next save', async () => {
    const book = open();
    mkdirSync(path);
    for (let number = 1; number <= 300; number += 1) book.add(readyStep(number));
    await book.save({ all: true });
    rmSync(path, { recursive: true });
    await book.save({ all: true });
    expect(stepsOf(path).map(({ number }) => number)).toEqual(Array.from({ length: 300 }, (_, index) => index + 1));
  });

  it('two saves at the same time write each step once', async () => {
    const book = open();
    for (let number = 1; number <= 300; number += 1) book.add(readyStep(number));
    book.mark();
    await Promise.all([book.save(), book.save({ all: true }), book.save({ all: true })]);
    const numbers = stepsOf(path).map(({ number }) => number);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers.at(-1)).toBe(300);
  });
});
