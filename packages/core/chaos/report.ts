import type { FaultKind } from './faults.ts';
import type { Breaches } from './musts.ts';

export interface KindReport {
  readonly kind: FaultKind;
  readonly injected: number;
  readonly recovered: number;
  /** From the fault to running again, less the gateway's own boot and the pauses that the policy makes before respawns, ms; one each. */
  readonly backMs: readonly number[];
}

export interface Report {
  readonly seed: number;
  readonly tookMs: number;
  /** The gateway's own boot, spawn to accepting, nobody supervising, ms. */
  readonly bootMs: number;
  readonly kinds: readonly KindReport[];
  /** Of gateways that lived on after their host was killed. */
  readonly adoptions: { readonly adopted: number; readonly replaced: number };
  readonly requests: Readonly<Record<string, number>>;
  readonly musts: Breaches;
  /** What could not be done on this machine, and why. */
  readonly skipped: readonly string[];
  /** The newest events, where something was broken. */
  readonly trace: readonly string[];
}

export function isSound(report: Report): boolean {
  return Object.values(report.musts).every((broken) => broken.length === 0);
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function sum(report: Report, key: 'injected' | 'recovered'): number {
  return report.kinds.reduce((total, kind) => total + kind[key], 0);
}

/** One line, for a run among others. */
export function summaryLine(report: Report): string {
  const broken = Object.values(report.musts).flat().length;
  const all = report.kinds.flatMap(({ backMs }) => backMs);
  return [
    `chaos: seed ${String(report.seed)}, ${(report.tookMs / 1_000).toFixed(0)} s`,
    `${String(sum(report, 'injected'))} faults of ${String(report.kinds.filter(({ injected }) => injected > 0).length)} kinds`,
    `${String(sum(report, 'recovered'))} recovered (p50 ${quantile(all, 0.5).toFixed(0)} ms over the boot)`,
    `${String(Object.values(report.requests).reduce((total, count) => total + count, 0))} requests`,
    broken === 0 ? 'every must held' : `${String(broken)} BROKEN`,
    ...report.skipped.map((what) => `skipped: ${what}`),
  ].join('; ');
}

function row(cells: readonly string[]): string {
  return cells.map((cell, index) => (index === 0 ? cell.padEnd(26) : cell.padStart(10))).join('');
}

export function tableLines(report: Report): readonly string[] {
  const ms = (values: readonly number[], share: number) =>
    values.length === 0 ? '-' : quantile(values, share).toFixed(0);
  return [
    row(['fault', 'injected', 'recovered', 'p50 ms', 'p95 ms', 'max ms']),
    ...report.kinds.map(({ kind, injected, recovered, backMs }) =>
      row([kind, String(injected), String(recovered), ms(backMs, 0.5), ms(backMs, 0.95), ms(backMs, 1)]),
    ),
    `(to running again, less the gateway's own boot of ${report.bootMs.toFixed(0)} ms and the policy's pauses)`,
    `gateways that outlived their host: ${String(report.adoptions.adopted)} adopted, ${String(report.adoptions.replaced)} replaced`,
    '',
    ...Object.entries(report.requests).map(([what, count]) => row([what, String(count)])),
    '',
    ...Object.entries(report.musts).map(
      ([must, broken]) => `${broken.length === 0 ? 'holds ' : 'BROKEN'}  ${must}: ${String(broken.length)}`,
    ),
    ...Object.values(report.musts).flatMap((broken) => broken.slice(0, 5).map((detail) => `          ${detail}`)),
    ...report.skipped.map((what) => `SKIPPED ${what}`),
  ];
}
