import { type NodeRuntime, type PathRules, pathRules, type SystemInfo } from '@deskclaw/openclaw';

/** The machine we install on. */
export interface Machine extends SystemInfo {
  readonly arch: string;
  /** The Node that runs this process, unless that is Electron. */
  readonly self?: NodeRuntime;
}

/** Where the OpenClaw versions kept by us are, and what is needed to change them. */
export interface InstallLayout {
  /** Holds one folder per version. Each is complete and its program has run once. */
  readonly versions: string;
  /** Holds one folder per installed Node; a Node is installed only if no other on the machine fits. */
  readonly nodes: string;
  /** Unfinished installations. The holder of the lock may empty the folder. */
  readonly drafts: string;
  readonly lock: string;
  /** Copies of OpenClaw's state from before it was given to another version. */
  readonly backups: string;
  readonly path: PathRules;
}

/** @param data the folder for what is installed: `Paths.data`. */
export function installLayout(data: string, platform: NodeJS.Platform): InstallLayout {
  const path = pathRules(platform);
  return {
    versions: path.join(data, 'openclaw'),
    nodes: path.join(data, 'node'),
    drafts: path.join(data, 'drafts'),
    lock: path.join(data, 'install.lock'),
    backups: path.join(data, 'backups'),
    path,
  };
}

/** The package on npm that holds nothing but the program: no script has to run to get it. */
export function nodePackage(platform: NodeJS.Platform, arch: string): string {
  return `node-${platform === 'win32' ? 'win' : platform}-${arch}`;
}

/** The program inside a folder that this package was installed into. */
export function nodeProgram(folder: string, platform: NodeJS.Platform, arch: string): string {
  const name = platform === 'win32' ? 'node.exe' : 'node';
  return pathRules(platform).join(folder, 'node_modules', nodePackage(platform, arch), 'bin', name);
}
