import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type PendingUpgrade, UpgradeJournal } from '../../src/upgrade/upgrade-journal.ts';

const pending: PendingUpgrade = {
  plan: {
    kind: 'upgrade',
    origin: { version: '2026.5.28', setting: { version: '2026.5.28' } },
    target: '2026.9.6',
    place: { stateDir: '/home/u/.openclaw', configPath: '/home/u/.openclaw/openclaw.json' },
    backup: '/backups/one',
    quarantine: '/home/u/.openclaw.of-2026.9.6-1',
    previousRecord: '{}',
  },
  state: { kind: 'doing', step: 'start', running: true },
  owner: { pid: 7, startMark: '1@boot' },
};

function journalWith(text?: string): UpgradeJournal {
  const folder = mkdtempSync(join(tmpdir(), 'deskclaw-upgrade-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'upgrade.json');
  if (text !== undefined) writeFileSync(path, text);
  return new UpgradeJournal(path);
}

describe('UpgradeJournal', () => {
  it('loads what it saved, and nothing after it was cleared', async () => {
    const journal = journalWith();
    await journal.save(pending);
    expect(await journal.load()).toEqual(pending);
    await journal.clear();
    expect(await journal.load()).toBeUndefined();
  });

  it('loads a pending upgrade that version 0.1 wrote', async () => {
    const { target: other, quarantine: aside, previousRecord: earlier, ...plan } = pending.plan;
    const former = { undertaking: { ...plan, other, aside, earlier }, state: pending.state, by: pending.owner };
    expect(await journalWith(`${JSON.stringify(former)}\n`).load()).toEqual(pending);
  });

  it.each(['', '{', '{}', '{"plan":{}}', '{"undertaking":{"kind":"upgrade"}}'])(
    'reports the damaged text %j as unreadable',
    async (text) => {
      expect(await journalWith(text).load()).toBe('unreadable');
    },
  );
});
