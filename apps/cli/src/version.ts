import manifest from '../package.json' with { type: 'json' };

export const version: string = manifest.version;

/** As `engines` in our package.json says. */
export const MINIMUM_NODE = '22.19';

/** @returns what to say of a Node that we cannot run on; npm only warns of it. `undefined`: we can. */
export function unsupportedNodeMessage(version: string, file: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [neededMajor = 0, neededMinor = 0] = MINIMUM_NODE.split('.').map(Number);
  if (major > neededMajor || (major === neededMajor && minor >= neededMinor)) return undefined;
  return `DeskClaw needs Node ${MINIMUM_NODE} or newer; this is Node ${version}, ${file}`;
}
