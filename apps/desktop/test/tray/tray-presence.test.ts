import { expect, test } from 'vitest';
import { isTrayShown } from '../../src/tray/tray-presence.ts';

const bus = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/run/user/1000/bus' };

/** Output of each program by name; undefined means that it fails. */
function programs(answers: Readonly<Record<string, string | undefined>>) {
  const asked: string[] = [];
  return {
    asked,
    run: (file: string) => {
      asked.push(file);
      const answer = answers[file];
      return answer === undefined ? Promise.reject(new Error(`spawn ${file} ENOENT`)) : Promise.resolve(answer);
    },
  };
}

test.each(['darwin', 'win32'] as const)('isTrayShown on %s is always true', async (platform) => {
  const { run, asked } = programs({});
  expect(await isTrayShown(platform, {}, run)).toBe(true);
  expect(asked).toEqual([]);
});

test.each([
  ['a panel that shows icons', { gdbus: '(true,)\n' }, true],
  ['a desktop without one', { gdbus: '(false,)\n' }, false],
  ['only the other program', { 'dbus-send': 'method return sender=org.freedesktop.DBus\n   boolean true\n' }, true],
  ['the other program, and no panel', { 'dbus-send': 'method return\n   boolean false\n' }, false],
  ['nobody to ask', {}, false],
  ['an answer that is none', { gdbus: 'untrue' }, false],
])('isTrayShown on Linux with %s (%j)', async (_what, answers, shown) => {
  expect(await isTrayShown('linux', bus, programs(answers).run)).toBe(shown);
});

test('isTrayShown without a session bus is false and runs no program', async () => {
  const { run, asked } = programs({ gdbus: '(true,)' });
  expect(await isTrayShown('linux', {}, run)).toBe(false);
  expect(asked).toEqual([]);
});
