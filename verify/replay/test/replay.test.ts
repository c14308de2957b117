import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordedStep } from '@deskclaw/protocol';
import { describe, expect, onTestFinished, test } from 'vitest';
import { pathOf, readExport, replay } from '../src/replay.ts';

const stopped = {
  intent: { want: 'down', generation: 0 },
  state: { name: 'idle', since: 0 },
  launches: 0,
  crashes: [],
  restarts: 0,
  repaired: false,
};

/** A start as a host records it: `idle` becomes `preflight`, and the preflight is to be done. */
const start: RecordedStep = {
  at: 1_796_000_000_000,
  number: 1,
  reducer: 'supervisor',
  before: stopped,
  event: { type: 'up', generation: 1 },
  context: {
    time: { at: 1_000, wallTime: 1_796_000_000_000, random: 0.5 },
    policy: { startup: { timeoutMs: 120_000 } },
  },
  state: 'preflight, launch 1, wants up (1), 1 launches, 0 crashes, 0 restarts',
  effects: ['preflight'],
};

describe('replay', () => {
  test('a start becomes a preflight, with the command to do it', () => {
    const [step] = replay({ steps: [start] });
    expect(step?.outcome.effects).toEqual(['preflight']);
    expect(pathOf(replay({ steps: [start] }), 'supervisor')).toEqual(['preflight']);
  });

  test('a step that the reducer of today takes otherwise departs, and names both', () => {
    const [step] = replay({ steps: [{ ...start, state: 'failed', effects: ['spawn'] }] });
    expect(step?.departures[0]).toMatch(/^state was "failed", is "preflight/);
    expect(step?.departures[1]).toBe('commands were "spawn", are "preflight"');
  });

  test('a file that is no export is refused', () => {
    const folder = mkdtempSync(join(tmpdir(), 'deskclaw-replay-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, 'x.json');
    writeFileSync(path, '{"schema":"deskclaw.incident/2"}');
    expect(() => readExport(path)).toThrow('is no incident of this version');
  });
});
