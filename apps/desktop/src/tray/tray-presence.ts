import type { RunProgram } from '../launch/programs.ts';

/** Two programs that come with desktops, asking the same: does anybody show tray icons? */
const questions: readonly (readonly [string, readonly string[]])[] = [
  [
    'gdbus',
    [
      ...['call', '--session', '--dest', 'org.freedesktop.DBus', '--object-path', '/org/freedesktop/DBus'],
      ...['--method', 'org.freedesktop.DBus.NameHasOwner', 'org.kde.StatusNotifierWatcher'],
    ],
  ],
  [
    'dbus-send',
    [
      ...['--session', '--print-reply', '--dest=org.freedesktop.DBus', '/org/freedesktop/DBus'],
      ...['org.freedesktop.DBus.NameHasOwner', 'string:org.kde.StatusNotifierWatcher'],
    ],
  ],
];

/**
 * Returns whether a hidden window can be reached again. macOS and Windows always show a tray. On Linux an icon can
 * silently have no panel, and a process without window and tray is unreachable, so an unknown answer counts as no.
 * Checked on each call, since panels come and go.
 */
export async function isTrayShown(
  platform: NodeJS.Platform,
  env: Readonly<Record<string, string | undefined>>,
  run: RunProgram,
): Promise<boolean> {
  if (platform === 'darwin' || platform === 'win32') return true;
  if ((env['DBUS_SESSION_BUS_ADDRESS'] ?? '') === '') return false;
  for (const [file, args] of questions) {
    try {
      return /\btrue\b/u.test(await run(file, args));
    } catch {
      // The next program may be there.
    }
  }
  return false;
}
