/** A measured number with a limit it must keep. */
export interface Gate {
  readonly name: string;
  readonly value: number;
  readonly limit: number;
  readonly better: 'below' | 'above';
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const high = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? Number.NaN) + high) / 2;
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ');
  console.log(`\n${line(head)}\n${rows.map(line).join('\n')}\n`);
}

/** Prints each gate; `false` where one does not hold. */
export function judge(gates: readonly Gate[]): boolean {
  let held = true;
  for (const { name, value, limit, better } of gates) {
    const holds = better === 'below' ? value <= limit : value >= limit;
    if (!holds) held = false;
    console.log(
      `${holds ? 'holds ' : 'BROKEN'}  ${name}: ${value.toFixed(2)} (${better === 'below' ? 'at most' : 'at least'} ${String(limit)})`,
    );
  }
  return held;
}
