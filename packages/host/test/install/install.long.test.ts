import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectOnly, expectRecoveryFromKill, refusal } from './interrupted-install.ts';
import { posingNode, posingOpenClaw } from './posing-openclaw.ts';
import { smallDisk } from './small-disk.ts';
import { Workshop } from './workshop.ts';

describe('an installation', () => {
  it('puts versions side by side, and asks no registry for one that is there', async () => {
    const workshop = await Workshop.open();
    for (const version of ['2026.2.3', '2026.2.3-1']) workshop.registry.publish(posingOpenClaw(version));
    for (const version of ['2026.2.3-1', '2026.2.3']) await workshop.install({ version });
    await expectOnly(workshop, '2026.2.3-1', '2026.2.3');
    await workshop.registry.close();
    expect(await workshop.install({ version: '2026.2.3-1' })).toMatchObject({ outcome: 'already-there' });
  });

  it('fetches a Node where none fits, runs on it, keeps it for the next, and fetches it again once it has gone', async () => {
    const workshop = await Workshop.open();
    for (const version of ['98.7.0', '99.1.0', '99.2.0']) workshop.registry.publish(posingNode(version));
    workshop.registry.publish(posingOpenClaw('2027.1.1', { node: '>=98 <100' }));
    workshop.registry.publish(posingOpenClaw('2027.1.2', { node: '>=98 <100' }));
    const first = await workshop.install({ version: '2027.1.1' });
    expect(first.node.version).toBe('98.7.0');
    expect(first.node.file.startsWith(join(workshop.data, 'node', '98.7.0'))).toBe(true);
    const steps = new Set<string>();
    const second = await workshop.install({ version: '2027.1.2', onProgress: ({ step }) => steps.add(step) });
    expect(second.node).toEqual(first.node);
    expect([...steps]).not.toContain('fetching-node');

    rmSync(workshop.layout.nodes, { recursive: true });
    steps.clear();
    const again = await workshop.install({ version: '2027.1.1', onProgress: ({ step }) => steps.add(step) });
    expect(again).toMatchObject({ outcome: 'installed', node: { version: '98.7.0' } });
    expect([...steps]).toEqual(['resolving', 'fetching-node']);
  });

  it('over what stands in its place without being whole, replaces it', async () => {
    const workshop = await Workshop.open();
    workshop.registry.publish(posingOpenClaw('2026.9.6'));
    const folder = join(workshop.layout.versions, '2026.9.6', 'node_modules', 'openclaw');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"name":"openclaw","version":"2026.9.6","bin":"x.mjs"}');
    expect((await workshop.inventory()).versions).toEqual([]);
    await workshop.install();
    await expectOnly(workshop, '2026.9.6');
  });
});

describe('what is not taken', () => {
  it('a version that says it is another when it runs', async () => {
    const workshop = await Workshop.open();
    const beforeVersion = `console.log('OpenClaw 2026.9.60'); process.exit(0);`;
    workshop.registry.publish(posingOpenClaw('2026.9.6', { beforeVersion }));
    expect((await refusal(workshop.install())).detail).toContain('it reported another version');
    await expectOnly(workshop);
  });
});

describe('an installation that is killed', () => {
  it.each(['resolving', 'fetching', 'fetching-node', 'checking', 'placing'] as const)(
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
