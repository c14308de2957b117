/** What no fault may bring about. The last one: the run itself failed. */
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
    'mistakes of the run': [],
  };
}

/** One of them was broken; the run ends. */
export class Broken extends Error {
  readonly must: Must;
  constructor(must: Must, detail: string) {
    super(detail);
    this.must = must;
  }
}
