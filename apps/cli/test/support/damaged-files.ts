import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { bareMachine } from './registry.ts';
import { at } from './shape.ts';

const OLD = '2026.5.28';
const NEW = '2026.9.6';

/** Damages every record and setting of an upgraded home; expects that each is reported or done without, never a crash. */
export async function expectDamageIsReported(damage: (text: string) => string): Promise<void> {
  const { home } = await bareMachine({ [OLD]: {}, [NEW]: {} });
  await home.document('openclaw', 'install', OLD);
  await home.document('start', '--port', '0');
  await home.document('openclaw', 'upgrade', NEW);
  await home.document('stop');

  const state = join(home.folder, 'state', 'default');
  const versions = join(home.folder, 'data', 'openclaw');
  const needless = [
    join(state, 'last-start.json'),
    join(state, 'boot-times.json'),
    join(versions, NEW, 'known-good.json'),
    join(home.folder, 'data', 'install.lock'),
    join(home.folder, 'data', 'upgrade.lock'),
  ];
  for (const file of needless) writeFileSync(file, damage(existsSync(file) ? readFileSync(file, 'utf8') : '{"pid":1}'));
  await home.document('start', '--port', '0');
  expect(at(await home.document('status'), 'host.openclaw.version')).toBe(NEW);

  // The way back: refused in words, with the file named, and what runs goes on.
  const record = join(state, 'openclaw-upgrade.json');
  writeFileSync(record, damage(readFileSync(record, 'utf8')));
  const refused = await home.run('openclaw', 'rollback');
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('(openclaw.no-previous)') });
  expect(refused.stderr.replaceAll(/\s+/g, ' ')).toContain(`cannot be read: ${record}`);
  expect(at(await home.document('status'), 'gateway.state')).toBe('running');

  // A version without its record is none: it is not offered, and the next installation puts it right.
  const whole = join(versions, OLD, 'install.json');
  writeFileSync(whole, damage(readFileSync(whole, 'utf8')));
  const { versions: offered } = await home.document('openclaw', 'list');
  expect(offered).toMatchObject([{ version: NEW }]);
  expect(await home.document('openclaw', 'install', OLD)).toMatchObject({ outcome: 'installed' });

  // The settings are the user's: never guessed at, never written over.
  const settings = join(home.folder, 'config', 'config.json');
  const text = damage(readFileSync(settings, 'utf8'));
  writeFileSync(settings, text);
  const used = await home.run('openclaw', 'use', OLD);
  expect(used).toMatchObject({ code: 78, stderr: expect.stringContaining('(config.invalid)') });
  expect(used.stderr).toContain('config.json');
  expect(readFileSync(settings, 'utf8')).toBe(text);
}
