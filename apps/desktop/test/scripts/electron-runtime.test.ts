import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { electronVersion, findElectron, whyNoWindow } from '../../scripts/electron-runtime.mjs';

test('findElectron returns the Electron that ELECTRON_OVERRIDE_DIST_PATH names', () => {
  const folder = mkdtempSync(join(tmpdir(), 'electron-'));
  try {
    const env = { ELECTRON_OVERRIDE_DIST_PATH: folder };
    expect(findElectron(env)).toBeUndefined();
    const program = process.platform === 'win32' ? 'electron.exe' : 'electron';
    if (process.platform === 'darwin') return;
    writeFileSync(join(folder, program), '');
    expect(findElectron(env)).toBe(join(folder, program));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('electronVersion equals the pinned version', () => {
  expect(electronVersion()).toBe(manifest.devDependencies.electron);
});

test.each([
  [{ platform: 'linux', env: {}, uid: 1000 }, 'no display'],
  [{ platform: 'linux', env: { DISPLAY: '', WAYLAND_DISPLAY: '' }, uid: 1000 }, 'no display'],
  [{ platform: 'linux', env: { DISPLAY: ':0' }, uid: 0 }, 'root'],
  [{ platform: 'linux', env: { DISPLAY: ':0' }, uid: 1000 }, undefined],
  [{ platform: 'linux', env: { WAYLAND_DISPLAY: 'wayland-0' }, uid: 1000 }, undefined],
  [{ platform: 'darwin', env: {}, uid: 0 }, undefined],
  [{ platform: 'win32', env: {}, uid: undefined }, undefined],
] as const)('whyNoWindow on %j is %s', (machine, reason) => {
  const why = whyNoWindow(machine);
  if (reason === undefined) expect(why).toBeUndefined();
  else expect(why).toContain(reason);
});
