import { describe, expect, test } from 'vitest';
import type { OutputLine } from '../../src/process/line-level.ts';
import { Output } from '../../src/process/output.ts';
import { Transcript } from '../../src/process/transcript.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';

const encoder = new TextEncoder();

function open() {
  const clock = new SimulatedClock();
  const lines: OutputLine[] = [];
  const output = new Output(clock, (line) => lines.push(line));
  const texts = () => lines.map((line) => line.text);
  return { clock, lines, output, texts };
}

const chunkOf = (line: string, count: number) => encoder.encode(`${line}\n`.repeat(count));
const flooded = (texts: readonly string[]) => texts.filter((text) => /bytes of output skipped/.test(text));

describe('output', () => {
  test('keeps the two streams apart, each with its own unfinished line', () => {
    const { output, lines } = open();
    output.push('stdout', encoder.encode('half '));
    output.push('stderr', encoder.encode('oops\n'));
    output.push('stdout', encoder.encode('whole\n'));
    expect(lines.map(({ stream, text, level }) => [stream, text, level])).toEqual([
      ['stderr', 'oops', 'warn'],
      ['stdout', 'half whole', 'info'],
    ]);
  });

  test('says when, by the wall clock', async () => {
    const { clock, output, lines } = open();
    await clock.advance(1_234);
    output.push('stdout', encoder.encode('now\n'));
    expect(lines[0]?.at).toBe(clock.wallTime());
  });

  test('leaves blank lines out', () => {
    const { output, texts } = open();
    output.push('stdout', encoder.encode('a\n\n  \n\r\nb\n'));
    expect(texts()).toEqual(['a', 'b']);
  });

  test('gives out the unfinished line at the end', () => {
    const { output, texts } = open();
    output.push('stdout', encoder.encode('no newline'));
    expect(texts()).toEqual([]);
    output.end();
    expect(texts()).toEqual(['no newline']);
  });

  test('passes a long start-up log whole', () => {
    const { output, texts } = open();
    for (let page = 0; page < 39; page += 1) output.push('stdout', chunkOf('x'.repeat(99), 100));
    expect(texts()).toHaveLength(3_900);
    expect(output.counts.droppedBytes).toBe(0);
  });
});

describe('a flood', () => {
  const line = 'x'.repeat(99);
  /** 64 KiB at a time, as pipes deliver. */
  const chunk = chunkOf(line, 655);

  test('a flood is read to its end, parsed within the budget, and every byte is counted', async () => {
    const { clock, output, lines, texts } = open();
    const chunks = 2_000;
    for (let pushed = 0; pushed < chunks; pushed += 1) {
      output.push('stdout', chunk);
      if (pushed % 100 === 99) await clock.advance(10);
    }
    output.end();
    expect(output.counts.bytes).toBe(chunks * chunk.length);
    const reported = flooded(texts())
      .map((text) => Number(/(\d+) bytes/.exec(text)?.[1]))
      .reduce((sum, bytes) => sum + bytes, 0);
    expect(reported).toBe(output.counts.droppedBytes);
    const shown = (lines.length - flooded(texts()).length) * (line.length + 1);
    expect(shown + reported).toBe(output.counts.bytes);
    expect(lines.length).toBeLessThan(20_000);
  });

  test('a flood is reported in a few lines', async () => {
    const { clock, output, texts } = open();
    for (let second = 0; second < 10; second += 1) {
      for (let pushed = 0; pushed < 200; pushed += 1) output.push('stdout', chunk);
      await clock.advance(1_000);
    }
    expect(flooded(texts()).length).toBeGreaterThan(0);
    expect(flooded(texts()).length).toBeLessThanOrEqual(20);
  });

  test('never hides its last lines: they are what the death was about', () => {
    const { output, texts } = open();
    for (let pushed = 0; pushed < 100; pushed += 1) output.push('stderr', chunk);
    output.push('stderr', encoder.encode('FATAL: the last word\n'));
    output.end();
    expect(texts().at(-1)).toBe('FATAL: the last word');
  });

  test('never hides its last line, wherever the pipe cut it', () => {
    const last = encoder.encode('the last word\n');
    for (let at = 0; at <= last.length; at += 1) {
      const { output, texts } = open();
      for (let pushed = 0; pushed < 100; pushed += 1) output.push('stderr', chunk);
      output.push('stderr', last.subarray(0, at));
      output.push('stderr', last.subarray(at));
      output.end();
      expect(texts().at(-1)).toBe('the last word');
    }
  });

  test('a flood on one stream does not silence the other', () => {
    const { output, texts } = open();
    for (let pushed = 0; pushed < 100; pushed += 1) output.push('stdout', chunk);
    output.push('stderr', encoder.encode('Error: the reason\n'));
    expect(texts()).toContain('Error: the reason');
  });

  test('the end of a flood is reported with its last lines, without waiting for more output', async () => {
    const { clock, output, texts } = open();
    for (let pushed = 0; pushed < 100; pushed += 1) output.push('stdout', chunk);
    output.push('stdout', encoder.encode('and done\n'));
    expect(texts()).not.toContain('and done');
    await clock.advance(500);
    expect(texts()).toContain('and done');
    expect(clock.pendingTimers).toBe(0);
  });

  test('leaves no timer behind when the child ends', () => {
    const { clock, output } = open();
    for (let pushed = 0; pushed < 100; pushed += 1) output.push('stdout', chunk);
    expect(clock.pendingTimers).toBe(1);
    output.end();
    expect(clock.pendingTimers).toBe(0);
  });

  test('a flood of empty lines is bounded too', () => {
    const { output } = open();
    const blank = new Uint8Array(64 * 1024).fill(0x0a);
    for (let pushed = 0; pushed < 100; pushed += 1) output.push('stdout', blank);
    output.end();
    expect(output.counts.droppedBytes).toBeGreaterThan(6_000_000);
  });

  test('without a newline is bounded too, and told', () => {
    const { output, texts } = open();
    const endless = new Uint8Array(64 * 1024).fill(0x78);
    for (let pushed = 0; pushed < 1_000; pushed += 1) output.push('stdout', endless);
    output.end();
    expect(output.counts.bytes).toBe(1_000 * endless.length);
    expect(texts().length).toBeLessThan(10);
    for (const text of texts()) expect(text.length).toBeLessThan(17_000);
  });

  test('passes, and reading goes on line by line', async () => {
    const { clock, output, texts } = open();
    for (let pushed = 0; pushed < 100; pushed += 1) output.push('stdout', chunk);
    await clock.advance(10_000);
    output.push('stdout', encoder.encode('quiet again\n'));
    output.push('stdout', encoder.encode('really\n'));
    expect(texts().slice(-2)).toEqual(['quiet again', 'really']);
  });
});

describe('transcript', () => {
  function said(...lines: readonly (readonly ['stdout' | 'stderr', string])[]): Transcript {
    const { output } = open();
    const transcript = new Transcript();
    const clock = new SimulatedClock();
    const reader = new Output(clock, (line) => transcript.add(line));
    for (const [stream, text] of lines) reader.push(stream, encoder.encode(`${text}\n`));
    output.end();
    return transcript;
  }

  test('keeps the last ten lines of stderr, or of stdout where stderr was silent', () => {
    const numbers = Array.from({ length: 15 }, (_, index) => String(index));
    const onStderr = said(['stdout', 'hello'], ...numbers.map((each) => ['stderr', each] as const));
    expect(onStderr.lastLines()).toEqual(numbers.slice(5));
    expect(said(['stdout', 'only this']).lastLines()).toEqual(['only this']);
    expect(said().lastLines()).toEqual([]);
  });

  test('keeps the first failure with its stack, and puts it in front where it has scrolled away', () => {
    const transcript = said(
      ['stderr', 'starting'],
      ['stderr', 'Error: the cause'],
      ['stderr', '    at first (a.js:1:1)'],
      ['stderr', '    at second (b.js:1:1)'],
      ['stderr', 'Error: a consequence'],
      ...Array.from({ length: 12 }, (_, index) => ['stderr', `noise ${String(index)}`] as const),
    );
    expect(transcript.firstFailure).toEqual([
      'Error: the cause',
      '    at first (a.js:1:1)',
      '    at second (b.js:1:1)',
    ]);
    expect(transcript.lastLines().slice(0, 3)).toEqual(['Error: the cause', '…', 'noise 2']);
  });

  test('does not repeat a failure that still stands in the last lines', () => {
    const transcript = said(['stderr', 'Error: the cause'], ['stderr', 'bye']);
    expect(transcript.lastLines()).toEqual(['Error: the cause', 'bye']);
  });

  test('takes a failure’s stack for no longer than eight lines', () => {
    const frames = Array.from({ length: 30 }, (_, index) => ['stderr', `    at frame${String(index)}`] as const);
    expect(said(['stderr', 'Error: deep'], ...frames).firstFailure).toHaveLength(8);
  });
});
