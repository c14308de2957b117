import { exitCodes } from '@deskclaw/protocol';
import { describe, expect, it } from 'vitest';
import { Home } from '../support/deskclaw.ts';

const topics = [
  [],
  ['start'],
  ['stop'],
  ['restart'],
  ['status'],
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
  ['token'],
  ['token', 'rotate'],
  ['paths'],
  ['completion'],
  ['version'],
  ['exit-codes'],
] as const;

describe('help', () => {
  it.each(topics.map((topic) => [topic.join(' '), topic] as const))(
    'deskclaw help %s prints its help text',
    async (_name, topic) => {
      const ended = await new Home().run('help', ...topic);
      expect(ended).toMatchObject({ code: 0, stderr: '' });
      await expect(ended.stdout).toMatchFileSnapshot(`help/${['deskclaw', ...topic].join('-')}.txt`);
    },
  );

  it('help prints the same by flag, by command and without arguments', async () => {
    const home = new Home();
    const { stdout } = await home.run('help');
    for (const args of [[], ['--help'], ['-h']]) expect(await home.run(...args)).toMatchObject({ code: 0, stdout });
    expect((await home.run('start', '--help')).stdout).toBe((await home.run('help', 'start')).stdout);
  });

  it('fits into 80 columns', async () => {
    const home = new Home();
    for (const topic of topics) {
      const { stdout } = await home.run('help', ...topic);
      for (const line of stdout.split('\n'))
        expect(line.length, line).toBeLessThanOrEqual(topic[0] === 'exit-codes' ? 120 : 80);
    }
  });

  it('explains every exit code there is', async () => {
    const { exitCodes: printed } = await new Home().document('help', 'exit-codes');
    const codes = Array.isArray(printed) ? printed.map((entry: { code: number }) => entry.code) : [];
    expect(codes.toSorted((a, b) => a - b)).toEqual(Object.values(exitCodes).toSorted((a, b) => a - b));
  });

  it('keeps the background host to itself', async () => {
    expect((await new Home().run('help')).stdout).not.toContain('__host');
  });
});
