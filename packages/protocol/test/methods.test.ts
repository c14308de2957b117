import { describe, expect, test } from 'vitest';
import { builtinMethodNames, isIdempotentMethod } from '../src/methods.ts';
import { isHelloOk } from '../src/openclaw-handshake.ts';
import { openClawSamples } from './samples.ts';

const openClawMethods = new Set(
  openClawSamples.flatMap(({ helloOk }) => (isHelloOk(helloOk) ? helloOk.features.methods : [])),
);

describe('the built-in methods', () => {
  test('every built-in method is listed once', () => {
    expect(new Set(builtinMethodNames).size).toBe(builtinMethodNames.length);
  });

  // The seed's list: more may come, none may go.
  test.each([
    ['channels', ['list', 'get', 'connect', 'disconnect', 'getQRCode']],
    ['skills', ['list', 'enable', 'disable', 'getConfig', 'updateConfig', 'bundles', 'installBundle']],
    ['chat', ['send', 'history', 'clear']],
    ['cron', ['list', 'create', 'update', 'delete', 'run']],
    ['providers', ['list', 'set', 'remove', 'test']],
    ['system', ['health', 'config', 'updateConfig', 'version']],
  ])('%s has %j', (area, names) => {
    expect(builtinMethodNames).toEqual(expect.arrayContaining(names.map((name) => `${area}.${name}`)));
  });

  test.each(builtinMethodNames)('%s is an area and a name', (method) => {
    expect(method).toMatch(/^[a-z]+\.[a-z]+([A-Z]+[a-z]*)*$/);
  });
});

describe('what may be sent twice', () => {
  const twice: readonly string[] = [
    'channels.list',
    'channels.get',
    'channels.connect',
    'channels.disconnect',
    'skills.list',
    'skills.enable',
    'skills.disable',
    'skills.getConfig',
    'skills.updateConfig',
    'skills.bundles',
    'skills.installBundle',
    'chat.history',
    'cron.list',
    'cron.update',
    'providers.list',
    'providers.set',
    'system.health',
    'system.config',
    'system.updateConfig',
    'system.version',
    'system.methods',
  ];

  test.each(twice)('%s: a second one changes nothing more', (method) => {
    expect(isIdempotentMethod(method)).toBe(true);
  });

  test.each(builtinMethodNames.filter((method) => !twice.includes(method)))('%s is sent once only', (method) => {
    expect(isIdempotentMethod(method)).toBe(false);
  });

  test.each([
    // A second message, run, job or charge.
    'chat.send',
    'chat.abort',
    'chat.clear',
    'cron.create',
    'cron.run',
    'cron.delete',
    'providers.remove',
    'providers.test',
    // A code that is shown once.
    'channels.getQRCode',
    // OpenClaw's own that act.
    'send',
    'agent',
    'wake',
    'config.set',
    'config.apply',
    'config.patch',
    'sessions.reset',
    'exec.approval.resolve',
    // Unknown ones, and names that only look known.
    'nobody.knows',
    '',
    'Health',
    'health ',
    'constructor',
    '__proto__',
  ])('%j is never sent twice', (method) => {
    expect(isIdempotentMethod(method)).toBe(false);
  });

  test.each([
    'health',
    'status',
    'channels.status',
    'system-presence',
    'last-heartbeat',
    'logs.tail',
    'config.get',
    'config.schema',
    'models.list',
    'agents.list',
    'sessions.list',
    'sessions.preview',
    'cron.status',
    'cron.runs',
    'skills.status',
    'usage.status',
    'usage.cost',
    'system.info',
    'tools.catalog',
    'commands.list',
    'gateway.identity.get',
  ])('%s of OpenClaw, which a real one offers', (method) => {
    expect(isIdempotentMethod(method)).toBe(true);
    expect(openClawMethods).toContain(method);
  });

  test('an OpenClaw method that sounds like an action is never sent twice', () => {
    const acts = /\.(set|send|create|delete|remove|reset|run|start|stop|restart|resolve|approve|install|patch|apply)$/;
    const offered = [...openClawMethods].filter((method) => acts.test(method));
    expect(offered.length).toBeGreaterThan(20);
    // `providers.set` and the like are our own words, judged above.
    const ours: ReadonlySet<string> = new Set(builtinMethodNames);
    expect(offered.filter((method) => !ours.has(method) && isIdempotentMethod(method))).toEqual([]);
  });
});
