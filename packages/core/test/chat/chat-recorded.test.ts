import { describe, expect, test } from 'vitest';
import { isTerminal } from '../../src/chat/chat-reducer.ts';
import { inputOf, play, playRecording, recordedRows, shown, type Version, versions } from './recording.ts';

function sentRuns(version: Version, scenario: string): string[] {
  return recordedRows(version, scenario)
    .map((row) => row.sent?.runId)
    .filter((runId) => runId !== undefined);
}

function onlyRun(version: Version, scenario: string): string {
  const [runId, ...more] = sentRuns(version, scenario);
  if (runId === undefined || more.length > 0) throw new Error('expected one message');
  return runId;
}

describe.each(versions)('a recorded chat of %s', (version) => {
  test('a reply streams and ends once, with the words its final message has', () => {
    const runId = onlyRun(version, 'send-final');
    const { updates } = playRecording(version, 'send-final');
    const mine = updates.filter((update) => update.runId === runId);
    expect(mine.map((update) => update.state).filter((state) => state !== 'status' && state !== 'delta')).toEqual([
      'final',
    ]);
    expect(mine.filter((update) => update.state === 'delta').length).toBeGreaterThan(2);
    expect(mine.at(-1)).toMatchObject({ state: 'final', sessionKey: 'agent:main:main' });
    expect(mine.at(-1)?.text).toMatch(/^Hello from fake-1\. You said: .*hi there \[slow 60\]/s);
    expect(shown(updates, runId)).toBe(mine.at(-1)?.text);
  });

  test('an abort keeps what was said and ends once', () => {
    const runId = onlyRun(version, 'abort');
    const { updates } = playRecording(version, 'abort');
    const ends = updates.filter((update) => update.runId === runId && isTerminal(update));
    expect(ends).toHaveLength(1);
    expect(ends[0]?.state).toBe('aborted');
    expect(ends[0]?.text).toMatch(/^w0 w1 w2 w3/);
  });

  test('a message sent while another is answered gets its own answer under its own run', () => {
    const [first, second] = sentRuns(version, 'two-at-once');
    const { updates, runs } = playRecording(version, 'two-at-once');
    // Between the two, 2026.5.28 runs a turn of its own.
    const ends = updates.filter((update) => isTerminal(update) && [first, second].includes(update.runId));
    expect(ends.map((update) => update.runId)).toEqual([first, second]);
    expect(ends.map((update) => update.state)).toEqual(['final', 'final']);
    expect(ends[0]?.text).toBe('w0 w1 w2 w3 w4 w5 w6 w7 w8 w9');
    expect(ends[1]?.text).toMatch(/^Hello from fake-1\. You said: .*two/s);
    expect(shown(updates, second ?? '')).toBe(ends[1]?.text);
    expect(runs.running.size).toBe(0);
    expect(runs.queued).toEqual([]);
  });

  test('a run that the "agent" method started emits updates like any other', () => {
    const runId = onlyRun(version, 'agent-wait');
    const { updates } = playRecording(version, 'agent-wait');
    expect(updates.filter((update) => update.runId === runId && isTerminal(update))).toMatchObject([
      { state: 'final', text: expect.stringContaining('via agent') },
    ]);
  });

  test('every run of every scenario ends exactly once and nothing is left open', () => {
    for (const scenario of [
      'send-final',
      'send-duplicate-idempotency',
      'abort',
      'model-http-400',
      'two-at-once',
      'agent-wait',
    ]) {
      const { updates, runs } = playRecording(version, scenario);
      const ends = updates.filter(isTerminal).map((update) => update.runId);
      expect(new Set(ends).size, scenario).toBe(ends.length);
      expect(
        sentRuns(version, scenario).filter((runId) => !ends.includes(runId)),
        scenario,
      ).toEqual([]);
      expect([...runs.running.keys()], scenario).toEqual([]);
    }
  });

  test('a run emits nothing after its last update', () => {
    const { updates } = playRecording(version, 'abort');
    const last = updates.findIndex(isTerminal);
    const runId = updates[last]?.runId;
    expect(updates.slice(last + 1).filter((update) => update.runId === runId)).toEqual([]);
  });
});

describe('a model that answers with an error', () => {
  test('2026.2.3-1 ends a failed run without text, which is "no reply"', () => {
    expect(playRecording('2026.2.3-1', 'model-http-400').updates.filter(isTerminal)).toMatchObject([
      { state: 'final', noReply: true, text: '' },
    ]);
  });

  test('2026.5.28 reports the error only through the lifecycle of the run', () => {
    expect(playRecording('2026.5.28', 'model-http-400').updates.filter(isTerminal)).toMatchObject([
      { state: 'error', error: 'LLM request failed: provider rejected the request schema or tool payload.' },
    ]);
  });

  test('2026.9.6 sends the error twice, and one update is emitted', () => {
    const rows = recordedRows('2026.9.6', 'model-http-400').map(inputOf);
    expect(JSON.stringify(rows).match(/"state":"error"/g)).toHaveLength(2);
    expect(play(rows).updates.filter(isTerminal)).toMatchObject([
      { state: 'error', error: 'LLM request failed: provider rejected the request schema or tool payload.' },
    ]);
  });
});

describe('what only 2026.9.6 does', () => {
  test('2026.9.6 shows each step of its work once before the first text', () => {
    const { updates } = playRecording('2026.9.6', 'send-final');
    const phases = updates.filter((update) => update.state === 'status').map((update) => update.phase);
    expect(phases).toEqual(['preparing_workspace', 'preparing_context', 'starting_model']);
  });

  test('a queued message is reported as queued, then answered by a run of another name', () => {
    const [, second] = sentRuns('2026.9.6', 'two-at-once');
    const mine = playRecording('2026.9.6', 'two-at-once').updates.filter((update) => update.runId === second);
    expect(mine[0]).toMatchObject({ state: 'status', phase: 'queued' });
    const via = mine.at(-1)?.via;
    expect(via).toBeDefined();
    expect(via).not.toBe(second);
    expect(mine.slice(1).every((update) => update.via === via)).toBe(true);
  });
});
