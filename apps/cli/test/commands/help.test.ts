import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exitCodes } from '@deskclaw/protocol';
import { describe, expect, it } from 'vitest';
import { Home } from '../support/deskclaw.ts';

const topics = [
  [],
  ['start'],
  ['stop'],
  ['restart'],
  ['recover'],
  ['status'],
  ['top'],
  ['health'],
  ['doctor'],
  ['diagnose'],
  ['logs'],
  ['events'],
  ['history'],
  ['why'],
  ['ui'],
  ['call'],
  ['methods'],
  ['chat'],
  ['mcp'],
  ['channels'],
  ['channels', 'connect'],
  ['channels', 'disconnect'],
  ['channels', 'qr'],
  ['openclaw'],
  ['openclaw', 'install'],
  ['openclaw', 'list'],
  ['openclaw', 'use'],
  ['openclaw', 'upgrade'],
  ['openclaw', 'rollback'],
  ['openclaw', 'remove'],
  ['config'],
  ['config', 'get'],
  ['config', 'set'],
  ['config', 'unset'],
  ['config', 'list'],
  ['config', 'schema'],
  ['profile'],
  ['profile', 'add'],
  ['profile', 'use'],
  ['profile', 'remove'],
  ['alerts'],
  ['token'],
  ['token', 'rotate'],
  ['paths'],
  ['completion'],
  ['version'],
  ['exit-codes'],
  ['topics'],
  ['schemas'],
  ['environment'],
  ['files'],
  ['profiles'],
  ['scripting'],
  ['security'],
  ['recovery'],
] as const;

describe('help', () => {
  it.each(topics.map((topic) => [topic.join(' '), topic] as const))(
    'deskclaw help %s prints its help text within 80 columns',
    async (_name, topic) => {
      const ended = await new Home().run('help', ...topic);
      expect(ended).toMatchObject({ code: 0, stderr: '' });
      const most = topic[0] === 'exit-codes' ? 120 : 80;
      for (const line of ended.stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(most);
      await expect(ended.stdout).toMatchFileSnapshot(`help/${['deskclaw', ...topic].join('-')}.txt`);
    },
  );

  it('help prints the same by flag, by command and without arguments', async () => {
    const home = new Home();
    const { stdout } = await home.run('help');
    for (const args of [[], ['--help'], ['-h']]) expect(await home.run(...args)).toMatchObject({ code: 0, stdout });
    expect((await home.run('start', '--help')).stdout).toBe((await home.run('help', 'start')).stdout);
  });

  it('explains every exit code there is', async () => {
    const { exitCodes: printed } = await new Home().document('help', 'exit-codes');
    const codes = Array.isArray(printed) ? printed.map((entry: { code: number }) => entry.code) : [];
    expect(codes.toSorted((a, b) => a - b)).toEqual(Object.values(exitCodes).toSorted((a, b) => a - b));
  });

  it('the list of topics has every page that help prints and that is no command', async () => {
    const { topics: listed } = await new Home().document('help', 'topics');
    const names = Array.isArray(listed) ? listed.map(({ name }: { name: string }) => name) : [];
    expect(names).toEqual(expect.arrayContaining(['recovery', 'exit-codes', 'schemas', 'alerts']));
    for (const name of names) expect(topics.map((each) => each.join(' '))).toContain(name);
  });

  it('the topic on variables names each that the programs read', async () => {
    const { stdout } = await new Home().run('help', 'environment');
    const sources = [
      join(import.meta.dirname, '../../src'),
      join(import.meta.dirname, '../../../../packages/host/src'),
    ];
    const texts = sources.flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => readFileSync(join(folder, name), 'utf8')),
    );
    const read = texts.flatMap((text) => [...text.matchAll(/env\['(DESKCLAW_\w+)'\]/g)].map(([, name]) => name ?? ''));
    expect(read.length).toBeGreaterThan(8);
    for (const name of new Set(read)) expect(stdout).toContain(` ${name} `);
  });

  it('a topic is a JSON document with --json, and an unknown one leads to the list', async () => {
    expect(await new Home().document('help', 'files')).toMatchObject({
      schema: 'deskclaw.help-topic/1',
      name: 'files',
    });
    const { code, stderr } = await new Home().run('help', 'nosuch');
    expect(code).toBe(2);
    expect(stderr).toContain('deskclaw help topics');
  });

  it('keeps the background host to itself', async () => {
    expect((await new Home().run('help')).stdout).not.toContain('__host');
  });
});
