import { tmpdir } from 'node:os';
import type { JournalRecord } from '@deskclaw/protocol';
import { describe, expect, it } from 'vitest';
import { addJournalDetails, type JournalContext, measureResources } from '../../src/host/journal-details.ts';

const openclaw = { version: '2026.9.6', path: '/opt/openclaw', node: { file: '/usr/bin/node', version: '24.0.0' } };
const context: JournalContext = {
  choice: { kind: 'openclaw' },
  openclaw,
  request: { gateway: 'openclaw', port: 7 },
  client: 'page',
  resources: () => ({ freeMemory: 1 }),
};
const record = (category: JournalRecord['category'], what: string, cause?: string): JournalRecord => ({
  at: 1,
  category,
  what,
  ...(cause === undefined ? {} : { cause }),
  data: { pid: 9 },
});

describe('addJournalDetails', () => {
  it.each<[JournalRecord, Partial<JournalContext>, object]>([
    [record('intent', 'start'), {}, { command: 'deskclaw start --gateway openclaw --port 7', by: 'page' }],
    [record('intent', 'stop'), { client: undefined }, { command: 'deskclaw stop' }],
    [record('intent', 'stop'), { client: 'shutdown' }, { by: 'shutdown' }],
    [record('process', 'spawned'), {}, { program: 'OpenClaw 2026.9.6', version: '2026.9.6' }],
    [record('process', 'spawned'), { choice: { kind: 'builtin' } }, { program: 'built-in gateway' }],
    [record('process', 'spawned'), { choice: { kind: 'command', command: ['x'] } }, {}],
    [record('process', 'exit', 'crash (exit code 1)'), {}, { freeMemory: 1 }],
    [record('process', 'exit', 'requested (exit code 0)'), {}, {}],
    [record('connection', 'ready'), {}, {}],
  ])('adds to $what what the host knows (%#)', (before, change, added) => {
    expect(addJournalDetails(before, { ...context, ...change })).toEqual({ ...before, data: { pid: 9, ...added } });
  });
});

it('measureResources measures memory, and the disk of a folder that exists', () => {
  expect(measureResources(tmpdir())).toEqual({
    freeMemory: expect.any(Number),
    totalMemory: expect.any(Number),
    freeDisk: expect.any(Number),
  });
  expect(measureResources('/no/such/folder')).not.toHaveProperty('freeDisk');
});
