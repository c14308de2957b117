import { isObject, parseJson } from '@deskclaw/protocol';

/** Where a package came from, by npm's lock file. */
interface LockedPackage {
  readonly name: string;
  readonly resolved: string | undefined;
  readonly integrity: string | undefined;
}

const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Returns whether nobody on the way can change what comes from this address: https, or http to this machine. */
export function isTrustedAddress(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  return protocol === 'https:' || (protocol === 'http:' && loopback.test(hostname));
}

export function isStrongIntegrity(integrity: unknown): integrity is string {
  return typeof integrity === 'string' && /(?:^|\s)sha512-[A-Za-z0-9+/]{86}==/.test(integrity);
}

function lockedPackages(lockfile: string): readonly LockedPackage[] | undefined {
  const value = parseJson(lockfile);
  if (!isObject(value) || !isObject(value['packages'])) return undefined;
  return Object.entries(value['packages']).flatMap(([place, entry]) => {
    // The root, and what comes inside the archive of another package.
    if (place === '' || !isObject(entry) || entry['inBundle'] === true) return [];
    const { resolved, integrity } = entry;
    return [
      {
        name: place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length),
        resolved: typeof resolved === 'string' ? resolved : undefined,
        integrity: typeof integrity === 'string' ? integrity : undefined,
      },
    ];
  });
}

/**
 * Returns why the packages of a lock file are not to be fetched: one without a sha512 checksum could be replaced unnoticed.
 * npm writes the checksum that the registry states, when it makes the file without fetching anything.
 */
export function lockfileProblem(lockfile: string): string | undefined {
  const packages = lockedPackages(lockfile);
  if (packages === undefined) return 'npm wrote no lock file that can be read.';
  const untrusted = packages.find(({ resolved }) => resolved !== undefined && !isTrustedAddress(resolved));
  if (untrusted !== undefined)
    return `the package ${untrusted.name} comes from ${String(untrusted.resolved)}, which is neither https nor on this machine.`;
  const unchecked = packages.find(({ integrity }) => !isStrongIntegrity(integrity));
  return unchecked === undefined
    ? undefined
    : `the registry states no sha512 checksum of the package ${unchecked.name}.`;
}

/** Returns the checksum of one package in a lock file, by its name. */
export function lockedIntegrity(lockfile: string, name: string): string | undefined {
  const found = lockedPackages(lockfile)?.find((each) => each.name === name);
  return isStrongIntegrity(found?.integrity) ? found.integrity : undefined;
}
