import type { Check } from './check.ts';
import type { Generation } from './versions.ts';

export type Outcome =
  | { readonly kind: 'held'; readonly note: string | undefined }
  | { readonly kind: 'broken'; readonly why: string }
  | { readonly kind: 'not-run'; readonly why: string };

const marks = { held: 'yes', broken: 'NO', 'not-run': '-' } as const;

/** Versions beside each other, a line per check, and under it what was seen. */
export function drawTable(
  checks: readonly Check[],
  outcomes: ReadonlyMap<Generation, ReadonlyMap<string, Outcome>>,
): string {
  const generations = [...outcomes.keys()];
  const width = Math.max(...checks.map(({ name }) => name.length), 5);
  const cell = (text: string): string => text.padEnd(12);
  const lines = [
    `${'check'.padEnd(width)}  ${generations.map(({ version }) => cell(version)).join('')}what we rely on`,
  ];
  for (const check of checks) {
    const row = generations.map((generation) => outcomes.get(generation)?.get(check.name));
    const cells = row.map((outcome) => cell(outcome === undefined ? ' ' : marks[outcome.kind]));
    lines.push(`${check.name.padEnd(width)}  ${cells.join('')}${check.fact}`);
    generations.forEach(({ version }, index) => {
      const outcome = row[index];
      const said = outcome?.kind === 'held' ? outcome.note : outcome?.why.split('\n')[0];
      if (said !== undefined) lines.push(`${' '.repeat(width)}    ${version}: ${said}`);
    });
  }
  return lines.join('\n');
}
