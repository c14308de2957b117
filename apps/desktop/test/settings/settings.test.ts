import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  defaultSettings,
  keepGatewayChoices,
  readSettings,
  type Settings,
  writeSettings,
} from '../../src/settings/settings.ts';
import { openSettings } from '../../src/settings/settings-file.ts';

const bounds = { x: -20, y: 0, width: 900, height: 600, maximized: true };

describe('readSettings', () => {
  test.each<[string | undefined, Settings]>([
    [undefined, defaultSettings],
    ['', defaultSettings],
    ['not JSON', defaultSettings],
    ['[]', defaultSettings],
    ['{"keepGateway":"sometimes"}', defaultSettings],
    ['{"keepGateway":"always","window":{"x":1}}', { keepGateway: 'always' }],
    [
      '{"keepGateway":"never","window":{"x":1,"y":2,"width":3.5,"height":4,"maximized":false}}',
      { keepGateway: 'never' },
    ],
    ['{"keepGateway":"never","later":"versions know more"}', { keepGateway: 'never' }],
  ])('readSettings of %j', (text, settings) => {
    expect(readSettings(text)).toEqual(settings);
  });

  test('readSettings returns what serialization wrote', () => {
    const input = fc.record({
      x: fc.integer(),
      y: fc.integer(),
      width: fc.integer(),
      height: fc.integer(),
      maximized: fc.boolean(),
    });
    const all = fc.record(
      { keepGateway: fc.constantFrom(...keepGatewayChoices), window: input },
      { requiredKeys: ['keepGateway'] },
    );
    fc.assert(
      fc.property(all, (settings) => {
        expect(readSettings(writeSettings(settings))).toEqual(settings);
      }),
    );
  });
});

describe('the settings file', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'settings-'));
    file = join(folder, 'desktop', 'default', 'settings.json');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('the settings file is created on the first change, readable by its owner only', () => {
    const first = openSettings(file, () => undefined);
    expect([first.current, existsSync(file)]).toEqual([defaultSettings, false]);
    const heard: Settings[] = [];
    first.onChange((settings) => heard.push(settings));
    first.change({ keepGateway: 'never' });
    first.change({ window: bounds });
    expect(heard).toEqual([{ keepGateway: 'never' }, { keepGateway: 'never', window: bounds }]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(openSettings(file, () => undefined).current).toEqual({ keepGateway: 'never', window: bounds });
  });

  test('a failed write is reported and the setting stays until the app ends', () => {
    writeFileSync(join(folder, 'desktop'), 'a file where a folder should be');
    const warnings: string[] = [];
    const settings = openSettings(file, (text) => warnings.push(text));
    settings.change({ keepGateway: 'always' });
    expect(settings.current.keepGateway).toBe('always');
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(file);
  });

  test('a broken settings file is replaced by the next change', () => {
    openSettings(file, () => undefined).change({ keepGateway: 'always' });
    writeFileSync(file, '{"keepGateway":');
    const settings = openSettings(file, () => undefined);
    expect(settings.current).toEqual(defaultSettings);
    settings.change({ window: bounds });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ ...defaultSettings, window: bounds });
  });
});
