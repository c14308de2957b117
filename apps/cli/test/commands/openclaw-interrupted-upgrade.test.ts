import { describe, expect, it } from 'vitest';
import { cutOff, expectWhole, LONG, NEW, OLD, oldRuns } from '../support/interrupted-upgrade.ts';

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
});
