/** What no fault may bring about. */
export const musts = [
  'orphans',
  'two gateways at once',
  'requests carried out twice',
  'requests lost',
  'requests settled twice',
  'untrue outcomes',
  'foreign processes signalled',
  'status against the process table',
  'not recovered',
  'hosts that died by themselves',
  'gateways nobody would find again',
] as const;
export type Must = (typeof musts)[number];

/** One of them was broken; the run ends. */
export class Broken extends Error {
  readonly must: Must;
  constructor(must: Must, detail: string) {
    super(detail);
    this.must = must;
  }
}
