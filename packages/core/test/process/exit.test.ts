import type { ExitCause } from '@deskclaw/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { classifyExit, type ExitInfo, isPermanent } from '../../src/process/exit.ts';

function ending(change: Partial<ExitInfo>): ExitInfo {
  return { code: null, signal: null, endedBy: 'itself', wasReady: false, lines: [], memoryRanOut: false, ...change };
}
const boot = (code: number, ...lines: string[]) => ending({ code, lines });
const later = (code: number, ...lines: string[]) => ending({ code, lines, wasReady: true });
const by = (signal: string, change: Partial<ExitInfo> = {}) => ending({ signal, wasReady: true, ...change });

describe('what a code or a signal says', () => {
  test.each<[ExitCause, string, ExitInfo]>([
    ['requested', 'a requested stop', ending({ code: 0, endedBy: 'request' })],
    ['requested', 'a stop that needed SIGKILL', ending({ signal: 'SIGKILL', endedBy: 'request' })],
    ['requested', 'a stop that ended in an error', ending({ code: 1, endedBy: 'request', lines: ['Error: x'] })],
    ['killed', 'an unhealthy process that the supervisor ended', ending({ signal: 'SIGTERM', endedBy: 'policy' })],
    ['killed', 'an unhealthy process that ended with 0', ending({ code: 0, endedBy: 'policy', wasReady: true })],
    ['clean', '0 despite a line about memory', later(0, 'JavaScript heap out of memory')],
    ['configuration', '78 at boot', boot(78)],
    ['configuration', '78 after it was ready', later(78)],
    ['configuration', '78 despite another error in the output', boot(78, 'Error: listen EADDRINUSE')],
    ['clean', '0 after it was ready', later(0)],
    ['not-started', '0 before it was ready', boot(0)],
    ['not-started', '127: a shell found no command', boot(127)],
    ['not-started', '126: a shell found no program', boot(126)],
    ['crash', '1 at boot without output', boot(1)],
    ['crash', '1 after it was ready', later(1)],
    ['crash', '127 after it was ready', later(127)],
    ['killed', 'SIGKILL from outside', by('SIGKILL')],
    ['killed', 'SIGTERM from outside', by('SIGTERM')],
    ['killed', 'SIGINT at boot', by('SIGINT', { wasReady: false })],
    ['killed', '143: SIGTERM seen through a wrapper', later(143)],
    ['killed', '137: SIGKILL seen through a wrapper', later(137)],
    ['killed', 'Ctrl-C on Windows', later(0xc000013a)],
    ['crash', 'SIGSEGV', by('SIGSEGV')],
    ['crash', 'SIGABRT without a word', by('SIGABRT')],
    ['crash', '139: SIGSEGV seen through a wrapper', later(139)],
    ['out-of-memory', 'SIGKILL while the system was out of memory', by('SIGKILL', { memoryRanOut: true })],
    ['out-of-memory', '137 while the system was out of memory', ending({ code: 137, memoryRanOut: true })],
    ['killed', 'SIGTERM is nobody’s memory', by('SIGTERM', { memoryRanOut: true })],
  ])('the exit cause is %s after %s', (cause, _, its) => {
    expect(classifyExit(its)).toBe(cause);
  });
});

describe('what it says where its code says nothing', () => {
  test.each<[ExitCause, ExitInfo]>([
    ['port-in-use', boot(1, 'Error: listen EADDRINUSE: address already in use 127.0.0.1:18789')],
    ['port-in-use', boot(1, 'OSError: [Errno 98] Address already in use')],
    ['port-in-use', boot(0, 'gateway already running (pid 77); lock timeout after 5000ms')],
    ['port-in-use', boot(1, 'Port 8080 is already in use')],
    ['runtime', boot(1, 'openclaw requires Node >=24.16.0')],
    ['runtime', boot(1, 'was compiled against a different Node.js version using NODE_MODULE_VERSION 115')],
    ['runtime', boot(9, 'node: bad option: --experimental-thing')],
    ['runtime', boot(127, "env: 'node': No such file or directory")],
    ['runtime', boot(1, "/lib/libc.so.6: version `GLIBC_2.38' not found (required by gateway)")],
    ['configuration', boot(1, 'Invalid config at /home/me/.openclaw/openclaw.json')],
    ['configuration', boot(1, 'Missing config. Run `openclaw setup`')],
    ['out-of-memory', boot(1, 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory')],
    ['out-of-memory', by('SIGABRT', { lines: ['FATAL ERROR: … JavaScript heap out of memory'] })],
    ['out-of-memory', ending({ code: 134, wasReady: true, lines: ['JavaScript heap out of memory'] })],
  ])('the cause is %s where the output says %j', (cause, its) => {
    expect(classifyExit(its)).toBe(cause);
  });

  test('output about ports and settings is ignored once the gateway was ready', () => {
    expect(classifyExit(later(1, 'Error: listen EADDRINUSE', 'invalid config'))).toBe('crash');
  });

  test('the more telling word wins: a wrong runtime explains a refused port, not the other way round', () => {
    expect(classifyExit(boot(1, 'EADDRINUSE', 'requires Node 24'))).toBe('runtime');
  });
});

test('every ending has a cause, and a request is always the cause of its own', () => {
  fc.assert(
    fc.property(
      fc.record<ExitInfo>({
        code: fc.option(fc.integer({ min: -2, max: 300 })),
        signal: fc.option(fc.constantFrom('SIGKILL', 'SIGTERM', 'SIGSEGV', 'SIGUSR1')),
        endedBy: fc.constantFrom('request', 'policy', 'itself'),
        wasReady: fc.boolean(),
        lines: fc.array(fc.string()),
        memoryRanOut: fc.boolean(),
      }),
      (its) => {
        const cause = classifyExit(its);
        expect(cause === 'requested').toBe(its.endedBy === 'request');
        if (cause === 'clean') expect([its.code, its.wasReady]).toEqual([0, true]);
      },
    ),
  );
});

test('only settings and runtimes are hopeless without a change', () => {
  const causes: readonly ExitCause[] = [
    'requested',
    'clean',
    'configuration',
    'port-in-use',
    'runtime',
    'out-of-memory',
    'killed',
    'not-started',
    'crash',
  ];
  expect(causes.filter((cause) => isPermanent(cause))).toEqual(['configuration', 'runtime']);
});
