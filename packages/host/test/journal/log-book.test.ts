import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeClock } from '@deskclaw/core';
import { Redactor } from '@deskclaw/core/internal';
import type { LogRecord } from '@deskclaw/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogBook } from '../../src/journal/log-book.ts';
import { parseLogLine } from '../../src/journal/log-line.ts';
import { RotatingFile } from '../../src/journal/rotating-file.ts';

let folder: string;
let opened: { flush(): Promise<void> }[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deskclaw-journal-'));
  opened = [];
});
afterEach(async () => {
  await Promise.all(opened.map((file) => file.flush()));
  rmSync(folder, { recursive: true, force: true });
});

function unexpected(error: Error): never {
  throw error;
}

describe('RotatingFile', () => {
  it('keeps every line across files, in order, within its bounds', async () => {
    const path = join(folder, 'x.log');
    const file = new RotatingFile(path, { maxBytes: 1_000, keep: 3 }, unexpected);
    for (let index = 0; index < 60; index += 1) {
      file.append(`line ${String(index).padStart(40, '0')}`);
      await file.flush();
    }
    const names = readdirSync(folder).sort();
    expect(names).toEqual(['x.log', 'x.log.1', 'x.log.2']);
    const text = ['x.log.2', 'x.log.1', 'x.log'].map((name) => readFileSync(join(folder, name), 'utf8')).join('');
    expect(
      text
        .trim()
        .split('\n')
        .map((line) => Number(line.slice(5))),
    ).toEqual(Array.from({ length: 60 }, (_, index) => index));
    for (const name of names) expect(statSync(join(folder, name)).size).toBeLessThanOrEqual(1_000);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('closes a file to others that it finds open to them', async () => {
    const path = join(folder, 'x.log');
    writeFileSync(path, 'old\n', { mode: 0o644 });
    const file = new RotatingFile(path, { maxBytes: 1_000, keep: 1 }, unexpected);
    file.append('new');
    await file.flush();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, 'utf8')).toBe('old\nnew\n');
  });

  it('tells of a failing disk once, and writes what it kept when the disk works again', async () => {
    const blocker = join(folder, 'dir');
    writeFileSync(blocker, '');
    const troubles: Error[] = [];
    const file = new RotatingFile(join(blocker, 'x.log'), { maxBytes: 1_000, keep: 1 }, (error) =>
      troubles.push(error),
    );
    file.append('one');
    await file.flush();
    file.append('two');
    await file.flush();
    expect(troubles).toHaveLength(1);
    rmSync(blocker);
    file.append('three');
    await file.flush();
    expect(readFileSync(join(blocker, 'x.log'), 'utf8')).toBe('one\ntwo\nthree\n');
  });
});

describe('LogBook', () => {
  function book(): { readonly log: LogBook; readonly seen: LogRecord[] } {
    const seen: LogRecord[] = [];
    const redactor = new Redactor();
    redactor.learn('very-secret-value');
    const log = new LogBook({
      folder,
      clock: nodeClock,
      redactor,
      onRecord: (item) => seen.push(item),
      onError: unexpected,
    });
    opened.push(log);
    return { seen, log };
  }
  const line = (text: string, more: Partial<LogRecord> = {}): LogRecord => ({
    at: 1,
    source: 'gateway',
    level: 'info',
    text,
    ...more,
  });

  it('answers with the lines of earlier hosts, and says how many match', async () => {
    const first = book();
    for (const text of ['one', 'two', 'three']) first.log.add(line(text));
    await first.log.flush();
    appendFileSync(join(folder, 'gateway.log'), '2026-11-2');
    const { log } = book();
    log.add(line('\nfour', { at: nodeClock.wallTime() }));
    const { records, total, truncated } = await log.query({ limit: 3 });
    expect([records.map((item) => item.text), total, truncated]).toEqual([['three', '', 'four'], 5, true]);
    expect(await log.query({ grep: 'o' })).toMatchObject({ total: 3, truncated: false });
  });

  it('a text of several lines is one record for each, and so in the file', async () => {
    const { log, seen } = book();
    log.add(line('Gateway running -> error\r\nIt last said:\n  a very-secret-value', { level: 'error' }));
    const texts = ['Gateway running -> error', 'It last said:', '  a [redacted]'];
    expect(seen.map((item) => [item.level, item.text])).toEqual(texts.map((text) => ['error', text]));
    await log.flush();
    const saved = readFileSync(join(folder, 'gateway.log'), 'utf8').trimEnd().split('\n');
    expect(saved.map((text) => parseLogLine(text)?.text)).toEqual(texts);
  });

  it('filters by level, source, time and pattern', async () => {
    const { log } = book();
    log.add(line('alpha'));
    log.add(line('beta', { level: 'error', at: 5 }));
    log.add(line('gamma', { source: 'supervisor', level: 'warn', at: 9 }));
    const texts = async (query: Parameters<LogBook['query']>[0]) =>
      (await log.query(query)).records.map((item) => item.text);
    expect(await texts({})).toEqual(['alpha', 'beta', 'gamma']);
    expect(await texts({ level: 'warn' })).toEqual(['beta', 'gamma']);
    expect(await texts({ source: 'gateway' })).toEqual(['alpha', 'beta']);
    expect(await texts({ since: 5 })).toEqual(['beta', 'gamma']);
    expect(await texts({ grep: '^.?a' })).toEqual(['alpha', 'gamma']);
    expect(await texts({ limit: 1 })).toEqual(['gamma']);
  });

  it('says when there was more', async () => {
    const { log } = book();
    for (let index = 0; index < 10; index += 1) log.add(line(String(index)));
    expect((await log.query({ limit: 5 })).truncated).toBe(true);
    expect((await log.query({ limit: 10 })).truncated).toBe(false);
  });

  it('refuses further searches while eight wait', async () => {
    const { log } = book();
    log.add(line('alpha'));
    const searches = Array.from({ length: 9 }, () => log.query({ grep: 'a' }));
    await expect(searches[8]).rejects.toMatchObject({ code: 'request.overloaded' });
    for (const { records } of await Promise.all(searches.slice(0, 8))) expect(records).toHaveLength(1);
    expect((await log.query({ grep: 'a' })).records).toHaveLength(1);
  });

  it('keeps no secret, in memory, in the file or towards listeners', async () => {
    const { log, seen } = book();
    log.add(line('the value is very-secret-value'));
    await log.flush();
    expect(JSON.stringify([await log.query({}), seen])).not.toContain('very-secret');
    expect(readFileSync(join(folder, 'gateway.log'), 'utf8')).not.toContain('very-secret');
  });
});
