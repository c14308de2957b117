import type { Files } from '@deskclaw/core/internal';
import { compare, valid } from 'semver';
import { pathRules, type SystemInfo, variable } from './system-info.ts';

/** One Node installed by a version manager: a folder with its own `node` and global packages. */
export interface ManagedNode {
  readonly manager: string;
  /** Version in the folder's name; `node --version` decides. */
  readonly version: string;
  readonly node: string;
  /** Where `npm install -g` puts packages for this Node. */
  readonly globalPackages: string;
}

interface Layout {
  readonly manager: string;
  /** Folders whose children are versions. */
  readonly roots: (system: SystemInfo) => readonly (string | undefined)[];
  /** Relative path from a version's folder to the prefix with `bin` (POSIX) or `node.exe` (Windows). */
  readonly prefix: string;
}

function under(base: string | undefined, ...rest: readonly string[]): string | undefined {
  return base === undefined ? undefined : [base, ...rest].join('/');
}

const layouts: readonly Layout[] = [
  {
    manager: 'nvm',
    prefix: '',
    roots: ({ env, home }) => [
      under(variable(env, 'NVM_DIR') ?? under(home, '.nvm'), 'versions/node'),
      // nvm for Windows keeps the versions directly under its home.
      variable(env, 'NVM_HOME'),
    ],
  },
  {
    manager: 'fnm',
    prefix: 'installation',
    roots: ({ env, home }) =>
      [
        variable(env, 'FNM_DIR'),
        under(variable(env, 'XDG_DATA_HOME') ?? under(home, '.local/share'), 'fnm'),
        under(home, 'Library/Application Support/fnm'),
        under(variable(env, 'APPDATA'), 'fnm'),
        under(home, '.fnm'),
      ].map((root) => under(root, 'node-versions')),
  },
  {
    manager: 'volta',
    prefix: '',
    roots: ({ env, home }) =>
      [variable(env, 'VOLTA_HOME'), under(home, '.volta'), under(variable(env, 'LOCALAPPDATA'), 'Volta')].map((root) =>
        under(root, 'tools/image/node'),
      ),
  },
  {
    manager: 'asdf',
    prefix: '',
    roots: ({ env, home }) => [under(variable(env, 'ASDF_DATA_DIR') ?? under(home, '.asdf'), 'installs/nodejs')],
  },
  {
    manager: 'mise',
    prefix: '',
    roots: ({ env, home }) => [
      under(variable(env, 'MISE_DATA_DIR') ?? under(home, '.local/share/mise'), 'installs/node'),
    ],
  },
  { manager: 'nodenv', prefix: '', roots: ({ home }) => [under(home, '.nodenv/versions')] },
  {
    manager: 'n',
    prefix: '',
    roots: ({ env }) => [under(variable(env, 'N_PREFIX') ?? '/usr/local', 'n/versions/node')],
  },
];

function managedNode(layout: Layout, folder: string, name: string, system: SystemInfo): ManagedNode | undefined {
  const version = valid(name);
  if (version === null) return undefined;
  const path = pathRules(system.platform);
  const prefix = path.join(folder, name, layout.prefix);
  return system.platform === 'win32'
    ? {
        manager: layout.manager,
        version,
        node: path.join(prefix, 'node.exe'),
        globalPackages: path.join(prefix, 'node_modules'),
      }
    : {
        manager: layout.manager,
        version,
        node: path.join(prefix, 'bin', 'node'),
        globalPackages: path.join(prefix, 'lib', 'node_modules'),
      };
}

/** Every Node the known version managers have installed, newest first. */
export async function managedNodes(system: SystemInfo, files: Files): Promise<readonly ManagedNode[]> {
  const found: ManagedNode[] = [];
  const path = pathRules(system.platform);
  for (const layout of layouts) {
    const roots = layout.roots(system).filter((root) => root !== undefined);
    for (const folder of new Set(roots.map((root) => path.normalize(root)))) {
      for (const name of await files.list(folder)) {
        const node = managedNode(layout, folder, name, system);
        if (node !== undefined) found.push(node);
      }
    }
  }
  return found.sort((a, b) => compare(b.version, a.version));
}
