import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectOnly, expectRecoveryFromKill, refusal } from './interrupted-install.ts';
import { posingOpenClaw } from './posing-openclaw.ts';
import { smallDisk } from './small-disk.ts';
import { Workshop } from './workshop.ts';

describe('an installation that is killed', () => {
  it.each(['resolving', 'fetching-node', 'checking', 'placing'] as const)(
    'an installation killed while %s offers nothing, and the next one finishes',
    { timeout: 60_000 },
    async (step) => {
      await expectRecoveryFromKill(step);
    },
  );

  it('leaves an npm that its successor ends before it begins', { timeout: 60_000 }, async () => {
    const workshop = await Workshop.open();
    workshop.registry.publish(posingOpenClaw('2026.9.6'));
    const held = workshop.registry.hold('openclaw');
    const killed = workshop.startInstall('2026.9.6');
    await held.asked;
    await killed.kill();
    const left = workshop.leftRunning();
    expect(left.length).toBeGreaterThan(0);
    const successor = workshop.startInstall('2026.9.6');
    await successor.saying('resolving');
    for (const { pid, startMark } of left) {
      expect(workshop.leftRunning().some((each) => each.pid === pid && each.startMark === startMark)).toBe(false);
    }
    held.release();
    expect((await successor.ended).at(-1)).toBe('{"done":"installed"}');
    await expectOnly(workshop, '2026.9.6');
  });
});

describe('two installations at once', () => {
  it('take turns, and the second finds what the first made', { timeout: 60_000 }, async () => {
    const workshop = await Workshop.open();
    workshop.registry.publish(posingOpenClaw('2026.9.6'));
    const held = workshop.registry.hold('openclaw');
    const first = workshop.startInstall('2026.9.6');
    await held.asked;
    const second = workshop.startInstall('2026.9.6');
    expect(await second.saying('waiting')).toContain(String(first.pid));
    held.release();
    expect((await first.ended).at(-1)).toBe('{"done":"installed"}');
    expect((await second.ended).at(-1)).toBe('{"done":"already-there"}');
    await expectOnly(workshop, '2026.9.6');
  });
});

it('a disk that fills up in the midst is told with numbers; what is there stays, and with room it goes on', async (context) => {
  const disk = smallDisk(12);
  if (disk === undefined) return context.skip('a small file system can only be mounted by root');
  const workshop = await Workshop.open(join(disk, 'data'));
  workshop.registry.publish(posingOpenClaw('2026.5.28'));
  await workshop.install();
  const big = posingOpenClaw('2026.9.6');
  workshop.registry.publish({ ...big, files: { ...big.files, 'big.bin': Buffer.alloc(6 * 1024 ** 2, 1) } });
  const held = workshop.registry.hold('openclaw');
  const problem = refusal(workshop.install({ version: '2026.9.6' }));
  await held.asked;
  writeFileSync(join(disk, 'filler'), Buffer.alloc(8 * 1024 ** 2));
  held.release();
  expect(await problem).toMatchObject({ code: 'disk.full', retryable: true });
  expect((await problem).detail).toMatch(/npm ran out of room: .* has \d MB free, 1 MB are needed/);
  await expectOnly(workshop, '2026.5.28');
  expect(readdirSync(workshop.layout.versions)).toEqual(['2026.5.28']);
  rmSync(join(disk, 'filler'));
  await workshop.install({ version: '2026.9.6' });
  await expectOnly(workshop, '2026.9.6', '2026.5.28');
});
