import type { GatewayStatus, RecoveryStep, StepConsent } from '@deskclaw/protocol';
import { RecoveryLadder, type RecoveryReport, readStoredLadder } from '../../src/recovery/recovery-ladder.ts';
import type { SimulatedProgram } from '../../src/testing/simulated-program.ts';
import { healthy, ManagerWorld } from '../manager/manager-world.ts';

const crashing: SimulatedProgram = { ...healthy, exit: { afterMs: 1_000, code: 1, stderr: ['it broke'] } };

/** A manager and a recovery ladder on a simulated machine. Each step cures the faults of its name; a gateway with any fault breaks after 1 s. */
export class RecoveryWorld {
  readonly faults = new Set<RecoveryStep>();
  /** Steps that would undo what is not proven. */
  changed: readonly RecoveryStep[] = [];
  consent: StepConsent = 'auto';
  /** Whether every exit has a cause that no step helps against. */
  isForeign = false;
  /** How long a step takes, ms. */
  stepMs = 100;
  readonly reports: RecoveryReport[] = [];
  proofs = 0;
  readonly world: ManagerWorld;
  ladder: RecoveryLadder;
  #stored = '';

  constructor() {
    this.world = new ManagerWorld({ behave: () => (this.faults.size > 0 ? crashing : healthy) });
    this.ladder = this.#createLadder();
  }

  static async running(): Promise<RecoveryWorld> {
    const self = new RecoveryWorld();
    await self.world.settle(self.world.manager.start());
    return self;
  }

  get status(): GatewayStatus {
    return this.world.manager.getStatus();
  }

  /** The steps that were taken, oldest first. */
  get taken(): readonly (RecoveryStep | undefined)[] {
    return this.reports.filter(({ what }) => what === 'step').map(({ step }) => step);
  }

  /** The host is killed in the middle of whatever it does; another one reads what it stored. */
  replaceHost(): void {
    this.ladder.close();
    this.world.replaceHost();
    this.ladder = this.#createLadder();
  }

  /** Lets time pass until the ladder is in a state, at most ten minutes. */
  until(name: RecoveryLadder['state']['name']): Promise<boolean> {
    return this.world.clock.advanceUntil(() => this.ladder.state.name === name, 600_000);
  }

  #createLadder(): RecoveryLadder {
    const { world } = this;
    const { manager } = world;
    const { clock } = world.host;
    const ladder = new RecoveryLadder(
      {
        clock,
        policy: () => ({
          consent: { configuration: this.consent, channels: this.consent, version: this.consent },
          stableMs: 60_000,
          versionTrialMs: 300_000,
        }),
        take: async (step) => {
          await new Promise<void>((resolve) => void clock.schedule(this.stepMs, resolve));
          if (!this.faults.delete(step)) return { kind: 'skipped', why: 'There is nothing to cure.' };
          this.changed = this.changed.filter((each) => each !== step);
          return { kind: 'done', did: `The ${step} was cured.` };
        },
        start: (cause) => manager.restart({ cause }),
        changed: () => this.changed,
        prove: () => {
          this.proofs += 1;
          this.changed = [];
        },
        failureOf: ({ problem }) =>
          problem === undefined || problem.code === 'port.in-use'
            ? undefined
            : { kind: 'process', reason: problem.detail.split('\n', 1)[0] ?? '' },
        isForeignExit: () => this.isForeign,
        isSuspended: () => false,
        report: (report) => this.reports.push(report),
        changedStatus: () => undefined,
        save: (stored) => {
          this.#stored = JSON.stringify(stored);
        },
      },
      readStoredLadder(this.#stored),
    );
    manager.on('status', (status) => ladder.noteStatus(status));
    return ladder;
  }
}
