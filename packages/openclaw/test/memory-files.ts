import { posix, win32 } from 'node:path';
import type { Files, PathOwner } from '@deskclaw/core/internal';

/** A small disk in memory, so that every platform's layout can be looked at on any other. Values: a text, or `-> target` for a link. */
export function memoryFiles(
  entries: Readonly<Record<string, string>>,
  platform: NodeJS.Platform = 'linux',
  owners: Readonly<Record<string, Partial<PathOwner>>> = {},
): Files {
  const path = platform === 'win32' ? win32 : posix;
  const fold = (name: string): string =>
    platform === 'win32' ? path.normalize(name).toLowerCase() : path.normalize(name);
  const disk = new Map(
    Object.entries(entries).map(([name, text]) => [fold(name), { name: path.normalize(name), text }]),
  );

  const inside = (name: string): string => (name.endsWith(path.sep) ? fold(name) : fold(name) + path.sep);
  const isFolder = (name: string): boolean => [...disk.keys()].some((file) => file.startsWith(inside(name)));
  function resolve(name: string, links = 0): string | undefined {
    if (links > 8) return undefined;
    const found = disk.get(fold(name));
    if (found?.text.startsWith('-> ') === true) {
      return resolve(path.resolve(path.dirname(found.name), found.text.slice(3)), links + 1);
    }
    if (found !== undefined) return found.name;
    const parent = path.dirname(name);
    if (parent === name) return isFolder(name) ? name : undefined;
    const realParent = resolve(parent, links);
    if (realParent === undefined) return undefined;
    const real = path.join(realParent, path.basename(name));
    if (real !== path.normalize(name)) return resolve(real, links + 1);
    return isFolder(real) ? real : undefined;
  }
  const textOf = (name: string): string | undefined => {
    const real = resolve(name);
    return real === undefined ? undefined : disk.get(fold(real))?.text;
  };

  return {
    read: (name, limit) => Promise.resolve(textOf(name)?.slice(0, limit)),
    contains: (name, text) => Promise.resolve(textOf(name)?.includes(text) ?? false),
    owner: (name) => {
      const kind = disk.has(fold(name)) ? 'file' : 'folder';
      if (kind === 'folder' && !isFolder(name)) return Promise.resolve(undefined);
      const mode = kind === 'folder' ? 0o700 : 0o600;
      return Promise.resolve({ user: 1000, group: 1000, mode, kind, ...owners[name] });
    },
    realpath: (name) => Promise.resolve(resolve(name)),
    list: (folder) => {
      const prefix = inside(resolve(folder) ?? folder);
      const within = [...disk.entries()].filter(([file]) => file.startsWith(prefix));
      return Promise.resolve([
        ...new Set(within.map(([, { name }]) => name.slice(prefix.length).split(path.sep)[0] ?? '')),
      ]);
    },
  };
}

/** The `package.json` of an OpenClaw. */
export function manifest(version: string, node = '>=24.16.0 <25 || >=26.1.0', rest: object = {}): string {
  return JSON.stringify({ name: 'openclaw', version, bin: { openclaw: 'openclaw.mjs' }, engines: { node }, ...rest });
}
