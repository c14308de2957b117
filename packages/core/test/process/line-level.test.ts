import type { LogLevel } from '@deskclaw/protocol';
import { describe, expect, test } from 'vitest';
import { levelOf } from '../../src/process/line-level.ts';

describe('the level a line names itself', () => {
  test.each<[string, LogLevel]>([
    ['{"level":30,"msg":"listening"}', 'info'],
    ['{"time":1,"level":50,"msg":"boom"}', 'error'],
    ['{"level":"warn","message":"slow"}', 'warn'],
    ['{"severity":"DEBUG"}', 'debug'],
    ['{"level":60}', 'error'],
    ['level=error msg="no route"', 'error'],
    ['ts=1 lvl=debug', 'debug'],
    ['[WARN] low on space', 'warn'],
    ['2026-01-02T03:04:05Z ERROR cannot listen', 'error'],
    ['<info> hello', 'info'],
    ['error: no such file', 'error'],
    ['12:00:01 warn: careful', 'warn'],
    ['INFO  server started', 'info'],
    ['FATAL ERROR: Reached heap limit Allocation failed', 'error'],
    ["TypeError: Cannot read properties of undefined (reading 'x')", 'error'],
    ['Error: listen EADDRINUSE: address already in use', 'error'],
    ['Uncaught exception', 'error'],
    ['Traceback (most recent call last):', 'error'],
    ['panic: runtime error', 'error'],
  ])('the line %s names its own level', (text, level) => {
    expect(levelOf(text, 'stdout', undefined)).toBe(level);
    expect(levelOf(text, 'stderr', undefined)).toBe(level);
  });
});

describe('prose is no level', () => {
  test.each([
    'no errors found',
    'the warning lamp is off',
    'information desk',
    'debugging is fun',
    'an Error may follow',
  ])('the line %s names no level', (text) => {
    expect(levelOf(text, 'stdout', undefined)).toBe('info');
    expect(levelOf(text, 'stderr', undefined)).toBe('warn');
  });
});

describe('a line that continues another', () => {
  test('a continuation line has the level of the line before', () => {
    expect(levelOf('    at main (app.js:1:2)', 'stderr', 'error')).toBe('error');
    expect(levelOf('Caused by: java.io.IOException', 'stdout', 'error')).toBe('error');
  });

  test('a continuation line that names a level, or comes first, does not inherit one', () => {
    expect(levelOf('  [info] going on', 'stderr', 'error')).toBe('info');
    expect(levelOf('    at main', 'stdout', undefined)).toBe('info');
    expect(levelOf('next', 'stdout', 'error')).toBe('info');
  });
});

test('only the head of a line is read', () => {
  expect(levelOf(`${'x'.repeat(500)} [error]`, 'stdout', undefined)).toBe('info');
});
