import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Cut, cutOff, expectWhole, LONG, NEW, OLD, oldRuns } from '../support/interrupted-upgrade.ts';

const ahead: readonly Cut[] = [
  { kind: 'upgrade', step: 'copy', when: 'begun' },
  { kind: 'upgrade', step: 'try', when: 'begun' },
  { kind: 'upgrade', step: 'stop', when: 'begun' },
  { kind: 'upgrade', step: 'stop', when: 'done' },
  { kind: 'upgrade', step: 'keep', when: 'begun' },
  { kind: 'upgrade', step: 'keep', when: 'done' },
  { kind: 'upgrade', step: 'use', when: 'begun' },
  { kind: 'upgrade', step: 'use', when: 'done' },
  { kind: 'upgrade', step: 'start', when: 'begun' },
];

describe('an upgrade that is killed', () => {
  it('between stop and start: the host brings the old one back by itself', LONG, async () => {
    const home = await oldRuns({ [OLD]: {}, [NEW]: {} });
    const watching = home.start(['status', '--watch', '--json']);
    await watching.line('stdout', (line) => line.includes('"running"'));
    await cutOff(home, { kind: 'upgrade', step: 'use', when: 'done' });
    let stopped = false;
    await watching.line('stdout', (line) => {
      stopped ||= line.includes('"state":"stopped"');
      return stopped && line.includes('"state":"running"');
    });
    watching.child.kill('SIGINT');
    await watching.ended;
    const status = await home.run('status');
    expect(status.code).toBe(0);
    expect(status.stdout).toContain('was interrupted while choosing it. 2026.5.28 runs again with its own state.');
    await expectWhole(home, OLD, 'by itself');
    await home.document('openclaw', 'upgrade', NEW);
    expect((await home.run('status')).stdout, 'told of what is over').not.toContain('was interrupted');
  });

  it('start runs the old version after an upgrade killed before the new one had the state', LONG, async () => {
    const home = await oldRuns({ [OLD]: {}, [NEW]: {} });
    for (const cut of ahead) {
      const where = `${cut.step} ${cut.when}`;
      await cutOff(home, cut);
      const next = await home.run('start');
      expect(next.code, `${where}: ${next.stderr}`).toBe(0);
      expect(next.stderr, where).toMatch(/The upgrade from 2026\.5\.28 to 2026\.9\.6 was interrupted/);
      expect(next.stderr, where).toMatch(/2026\.5\.28 (keeps running|runs again|stays chosen)/);
      await expectWhole(home, OLD, where);
    }
    expect(readdirSync(join(home.folder, 'data', 'backups'))).toEqual([]);
    expect(await home.run('openclaw', 'rollback')).toMatchObject({ code: 1 });
  });

  it('status reports an upgrade cut off together with its host, and start runs the old version', LONG, async () => {
    const home = await oldRuns({ [OLD]: {}, [NEW]: {} });
    for (const cut of ahead) {
      const where = `${cut.step} ${cut.when}`;
      await cutOff(home, cut, 'all');
      const status = await home.run('status');
      expect(status.code, where).toBe(3);
      expect(status.stdout, where).toMatch(/was interrupted [\s\S]*deskclaw start/);
      const next = await home.run('start', '--port', '0');
      expect(next.code, `${where}: ${next.stderr}`).toBe(0);
      expect(next.stderr, where).toMatch(/2026\.5\.28 (is chosen again|stays chosen)/);
      await expectWhole(home, OLD, where);
    }
  });

  it('start keeps the new version when the upgrade was killed after it was ready', LONG, async () => {
    const home = await oldRuns({ [OLD]: {}, [NEW]: {} });
    await cutOff(home, { kind: 'upgrade', step: 'start', when: 'done' });
    const next = await home.run('start');
    expect(next).toMatchObject({ code: 0, stderr: expect.stringContaining('It was finished: 2026.9.6 is running.') });
    await expectWhole(home, NEW, 'start done');
    expect(await home.document('openclaw', 'rollback')).toMatchObject({ from: NEW, to: OLD, running: true });
    await expectWhole(home, OLD, 'and back');
  });

  it('upgrade first finishes an interrupted upgrade and then continues', LONG, async () => {
    const home = await oldRuns({ [OLD]: {}, [NEW]: {} });
    await cutOff(home, { kind: 'upgrade', step: 'stop', when: 'done' });
    const next = await home.run('openclaw', 'upgrade', NEW);
    expect(next.code, next.stderr).toBe(0);
    expect(next.stdout).toContain(`${OLD} → ${NEW}, running`);
    await expectWhole(home, NEW, 'upgraded');
  });

  it('start ignores an unreadable upgrade journal and reports it once', LONG, async () => {
    const home = await oldRuns({ [OLD]: {}, [NEW]: {} });
    await home.document('stop');
    const journal = join(home.folder, 'state', 'default', 'openclaw-upgrade.begun.json');
    writeFileSync(journal, '{"undertaking":{"kind":"upgr');
    expect((await home.run('status')).stdout).toContain('cannot be read; nothing was changed by it.');
    const used = await home.run('openclaw', 'use', OLD);
    expect(used).toMatchObject({ code: 0, stderr: expect.stringMatching(/cannot be read.* It is now .*unreadable-/s) });
    expect((await home.run('openclaw', 'use', OLD)).stderr).toBe('');
    await home.document('start', '--port', '0');
    await expectWhole(home, OLD, 'unreadable');
  });
});
