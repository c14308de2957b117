/** What no fault may bring about, each with how it was broken. */
export interface Breaches {
  readonly orphans: string[];
  readonly 'two gateways at once': string[];
  readonly 'requests carried out twice': string[];
  readonly 'requests lost': string[];
  readonly 'requests settled twice': string[];
  readonly 'untrue outcomes': string[];
  readonly 'foreign processes signalled': string[];
  readonly 'status against the process table': string[];
  readonly 'not recovered': string[];
  readonly 'hosts that died by themselves': string[];
  readonly 'gateways nobody would find again': string[];
  /** The run itself failed. */
  readonly 'mistakes of the run': string[];
}
export type Must = keyof Breaches;

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
