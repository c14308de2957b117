import { describe, expect, it } from 'vitest';
import { describeFaults } from '../../src/faults/table.ts';
import { faultTable, parseFaults } from '../../src/index.ts';

/** One example per fault and its meaning. */
const examples: Record<keyof typeof faultTable, readonly [string, unknown]> = {
  'slow-boot': ['slow-boot=1500', 1500],
  exit: ['exit=78', 78],
  'stderr-text': ['stderr-text=config: broken=true', 'config: broken=true'],
  'exit-after': ['exit-after=50:3', { afterMs: 50, code: 3 }],
  'never-ready': ['never-ready', true],
  'health-html': ['health-html', true],
  'upgrade-unanswered': ['upgrade-unanswered', true],
  'ignore-sigterm': ['ignore-sigterm', true],
  grandchild: ['grandchild', true],
  freeze: ['freeze=10:2000', { afterMs: 10, forMs: 2000 }],
  close: ['close=1006:0', { code: 1006, afterMs: 0 }],
  flap: ['flap=0', 0],
  'restart-in-process': ['restart-in-process=100', 100],
  'restart-by-exit': ['restart-by-exit=100', 100],
  'challenge-1013': ['challenge-1013=16', 16],
  'openclaw-protocol': ['openclaw-protocol=3', '3'],
  'channels-stuck': ['channels-stuck', true],
  'link-code-lives': ['link-code-lives=300', 300],
  'device-approval': ['device-approval', true],
  'device-scopes': ['device-scopes', true],
  'forgets-runs': ['forgets-runs', true],
  'drop-replies': ['drop-replies=every=10', 10],
  'wrong-ids': ['wrong-ids', true],
  'duplicate-replies': ['duplicate-replies', true],
  'slow-reply': ['slow-reply=30000', 30_000],
  'no-pong': ['no-pong', true],
  'pong-only': ['pong-only', true],
  'garbage-frames': ['garbage-frames', true],
  'huge-frame': ['huge-frame=104857600', 104_857_600],
  'event-flood': ['event-flood=10000', 10_000],
  record: ['record=/tmp/x', '/tmp/x'],
  'stdout-flood': ['stdout-flood=1000000000:no-newlines', { bytes: 1_000_000_000, lines: false }],
};

describe('the table of faults', () => {
  it.each(Object.entries(examples))('parseFaults reads the fault %s', (name, [flag, value]) => {
    expect(parseFaults([flag])).toEqual({ ok: true, faults: { [name]: value } });
  });

  it('reads the short forms', () => {
    expect(parseFaults(['exit-after=5', 'drop-replies', 'stdout-flood=10'])).toEqual({
      ok: true,
      faults: { 'exit-after': { afterMs: 5, code: 1 }, 'drop-replies': 1, 'stdout-flood': { bytes: 10, lines: true } },
    });
  });

  it.each([
    'slow-boot',
    'slow-boot=',
    'slow-boot=-1',
    'slow-boot=1.5',
    'slow-boot=1e3',
    'slow-boot=99999999999',
    'exit=256',
    'stderr-text=',
    'exit-after=5:',
    'exit-after=5:1:1',
    'freeze=5',
    'freeze=5:0',
    'close=1005:1',
    'close=1015:1',
    'close=5000:1',
    'close=1000',
    'challenge-1013=0',
    'openclaw-protocol=5',
    'drop-replies=3',
    'drop-replies=every=0',
    'huge-frame=0',
    'event-flood=0',
    'stdout-flood=10:lines',
    'constructor',
    'toString=1',
  ])('parseFaults rejects the flag %s', (flag) => {
    expect(parseFaults([flag])).toMatchObject({
      ok: false,
      problem: expect.stringContaining(flag.split('=')[0] ?? ''),
    });
  });

  it('lists every fault with how to write it', () => {
    const listing = describeFaults();
    for (const name of Object.keys(faultTable)) expect(listing).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
    expect(listing).toContain('drop-replies[=every=N]');
    expect(listing).toContain('exit-after=MS[:CODE]');
  });
});
