import { isObject } from '@deskclaw/protocol';
import { describe, expect, it } from 'vitest';
import { Home, parseDocument } from '../support/deskclaw.ts';

it('status says stopped and exits 3', async () => {
  const ended = await new Home().run('status');
  expect(ended).toMatchObject({ code: 3, stdout: 'Gateway  ○ stopped\n\nNext: deskclaw start\n', stderr: '' });
});

it('status --json is the same document, without a host', async () => {
  const ended = await new Home().run('status', '--json');
  expect(ended).toMatchObject({ code: 3, stderr: '' });
  expect(parseDocument(ended.stdout)).toMatchObject({
    schema: 'deskclaw.status/1',
    profile: 'default',
    host: null,
    gateway: { state: 'stopped', ownership: 'none', health: 'unknown' },
  });
});

it('status --watch has nothing to watch and says so', async () => {
  expect(await new Home().run('status', '--watch', '--json')).toMatchObject({ code: 3 });
});

it('stop is already true', async () => {
  const home = new Home();
  expect(await home.run('stop')).toMatchObject({ code: 0, stdout: 'Not running\n', stderr: '' });
  expect(await home.document('stop')).toEqual({ schema: 'deskclaw.stop/1', outcome: 'joined', generation: 0 });
});

describe('what needs a running gateway exits 3 and says how to start one', () => {
  it.each([['restart'], ['call', 'system.health'], ['methods'], ['chat', 'hello'], ['health'], ['events']])(
    '%s without a gateway exits with 3 and suggests a start',
    async (...args) => {
      const home = new Home();
      const plain = await home.run(...args);
      expect(plain).toMatchObject({ code: 3, stdout: '' });
      expect(plain.stderr).toContain('The gateway is not running (gateway.not-running)');
      expect(plain.stderr).toContain('deskclaw start');
      const json = await home.run(...args, '--json');
      expect(json).toMatchObject({ code: 3, stdout: '' });
      expect(parseDocument(json.stderr)).toMatchObject({ error: { code: 'gateway.not-running', retryable: true } });
    },
  );
});

it('names the profile in the commands it advises, where one was named', async () => {
  const ended = await new Home().run('--profile', 'work', 'health');
  expect(ended.stderr).toContain('deskclaw --profile work start');
});

it('tells where everything is kept', async () => {
  const home = new Home();
  const paths = await home.document('paths', '--profile', 'work');
  expect(paths).toMatchObject({ schema: 'deskclaw.paths/1', profile: 'work' });
  for (const name of ['config', 'state', 'cache', 'runtime', 'socket', 'lock', 'journal', 'logs']) {
    expect(paths[name], name).toEqual(expect.stringContaining(home.folder));
  }
  const plain = await home.run('paths');
  expect(plain.stdout).toContain(`${home.folder}/config/config.json`);
  expect(paths['deviceKey']).toEqual({ stored: 'nowhere' });
  expect(plain.stdout).toMatch(/device key +nowhere yet\n/);
});

it('tells its version, also as a document', async () => {
  const home = new Home();
  const { version } = await home.document('version');
  expect(version).toMatch(/^\d+\.\d+\.\d+/);
  expect(await home.run('--version')).toMatchObject({ code: 0, stdout: `${String(version)}\n` });
  expect(await home.run('version')).toMatchObject({ code: 0, stdout: expect.stringContaining(process.versions.node) });
});

it('leaves no file and no process behind by looking', async () => {
  const home = new Home();
  for (const args of [['status'], ['paths'], ['config', 'get'], ['help'], ['stop']]) await home.run(...args);
  const { readdirSync } = await import('node:fs');
  expect(readdirSync(home.folder)).toEqual([]);
});

describe('errors as JSON', () => {
  it('carry code, words, next steps and a time, on stderr alone', async () => {
    const ended = await new Home().run('call', 'x', '{oops', '--json');
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    const { error } = parseDocument(ended.stderr);
    if (!isObject(error)) throw new Error(ended.stderr);
    expect(error).toMatchObject({
      code: 'command.invalid',
      retryable: false,
      actions: [{ id: 'help', command: 'deskclaw help call' }],
    });
    expect(new Date(String(error['at'])).toISOString()).toBe(error['at']);
  });
});
