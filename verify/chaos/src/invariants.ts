/** Invariants that hold under every fault. The last one stands for a failure of the run itself. */
export type Must =
  | 'orphans'
  | 'two gateways at once'
  | 'requests carried out twice'
  | 'requests lost'
  | 'requests settled twice'
  | 'untrue outcomes'
  | 'foreign processes signalled'
  | 'status against the process table'
  | 'not recovered'
  | 'hosts that died by themselves'
  | 'gateways nobody would find again'
  | 'hosts that cannot be found'
  | 'disturbed by what is not theirs'
  | 'bytes sent to another user'
  | 'mistakes of the run';
/** Each with how it was broken. */
export type Breaches = Readonly<Record<Must, string[]>>;

export function noBreaches(): Breaches {
  return {
    orphans: [],
    'two gateways at once': [],
    'requests carried out twice': [],
    'requests lost': [],
    'requests settled twice': [],
    'untrue outcomes': [],
    'foreign processes signalled': [],
    'status against the process table': [],
    'not recovered': [],
    'hosts that died by themselves': [],
    'gateways nobody would find again': [],
    'hosts that cannot be found': [],
    'disturbed by what is not theirs': [],
    'bytes sent to another user': [],
    'mistakes of the run': [],
  };
}

/** Thrown when an invariant is broken; ends the run. */
export class Broken extends Error {
  readonly must: Must;
  constructor(must: Must, detail: string) {
    super(detail);
    this.must = must;
  }
}
