import type { FaultKind } from './faults.ts';
import type { Breaches } from './invariants.ts';

export interface KindReport {
  readonly kind: FaultKind;
  readonly injected: number;
  readonly recovered: number;
  /**
   * For faults with a recovery at the first try and no other fault meanwhile: time from the fault to running, minus the
   * gateway's boot, ms.
   */
  readonly atOnceMs: readonly number[];
  /** Of the others: the policy paused before a respawn or gave up, or another fault came on top. The same, less the policy's pauses. */
  readonly laterMs: readonly number[];
}

export interface Report {
  readonly seed: number;
  readonly tookMs: number;
  /** The gateway's own boot, spawn to accepting, nobody supervising, ms. */
  readonly bootMs: number;
  readonly kinds: readonly KindReport[];
  /** Number of orphaned gateways that the next host adopted or replaced. */
  readonly adoptions: { readonly adopted: number; readonly replaced: number };
  readonly requests: Readonly<Record<string, number>>;
  readonly musts: Breaches;
  /** Faults that this machine cannot produce, each with the reason. */
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

/** Formats a report as one line. */
export function summaryLine(report: Report): string {
  const broken = Object.values(report.musts).flat().length;
  const atOnce = report.kinds.flatMap(({ atOnceMs }) => atOnceMs);
  return [
    `chaos: seed ${String(report.seed)}, ${(report.tookMs / 1_000).toFixed(0)} s`,
    `${String(sum(report, 'injected'))} faults of ${String(report.kinds.filter(({ injected }) => injected > 0).length)} kinds`,
    `${String(sum(report, 'recovered'))} recovered, ${String(atOnce.length)} at once (p50 ${quantile(atOnce, 0.5).toFixed(0)} ms over the boot)`,
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
    row(['fault', 'injected', 'recovered', 'at once', 'p50 ms', 'p95 ms', 'max ms', 'later', 'p50 ms']),
    ...report.kinds.map(({ kind, injected, recovered, atOnceMs, laterMs }) =>
      row([
        kind,
        ...[injected, recovered, atOnceMs.length].map(String),
        ...[0.5, 0.95, 1].map((share) => ms(atOnceMs, share)),
        String(laterMs.length),
        ms(laterMs, 0.5),
      ]),
    ),
    `(ms to running again, less the gateway's own boot of ${report.bootMs.toFixed(0)} ms. At once: at the first try, with no other fault on top.`,
    ' Later: after a pause of the crash policy or an end of its patience, or with another fault on top; less those pauses)',
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
