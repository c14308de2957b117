/** The supported generations of OpenClaw: the oldest, a middle one, and the newest that is pinned. */
export interface Generation {
  readonly letter: 'A' | 'B' | 'C';
  readonly version: string;
  readonly protocol: 3 | 4;
  /** npm overrides that the installation needs. */
  readonly overrides?: Readonly<Record<string, string>>;
}

export const generations: readonly Generation[] = [
  {
    letter: 'A',
    version: '2026.2.3-1',
    protocol: 3,
    // Depends on a package from a git host, for a channel that no check uses.
    overrides: { libsignal: '2.0.1' },
  },
  { letter: 'B', version: '2026.5.28', protocol: 4 },
  { letter: 'C', version: '2026.9.6', protocol: 4 },
];

/** Which to check: `DESKCLAW_CONFORMANCE_VERSIONS`, letters or versions with commas between; by default the newest. */
export function chosenGenerations(env: NodeJS.ProcessEnv): readonly Generation[] {
  const names = (env['DESKCLAW_CONFORMANCE_VERSIONS'] ?? 'C').split(',').map((name) => name.trim());
  return names.map((name) => {
    const found = generations.find(({ letter, version }) => letter === name.toUpperCase() || version === name);
    if (found === undefined) throw new Error(`unknown OpenClaw generation "${name}": one of A, B, C`);
    return found;
  });
}
