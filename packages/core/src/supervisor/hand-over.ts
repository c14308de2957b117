import type { PipeEnds, ProcessIdentity } from '../ports/spawner.ts';
import type { OwnershipRecord } from '../process/ownership.ts';
import { commandOf, type LaunchPlan } from './launch-plan.ts';
import type { OwnershipRecords } from './ownership-records.ts';
import type { SupervisorPorts } from './ports.ts';

/** A process that goes on without us. */
export interface HandedOverProcess {
  /** Absent where they cannot be passed on: they end with us. */
  readonly pipeEnds?: PipeEnds;
  /** Resolves once it is written down that it may be taken over. */
  readonly recorded: Promise<void>;
}

/** The record of what another supervisor left, once it is ours. */
export function adoptedRecord(
  record: OwnershipRecord,
  child: ProcessIdentity,
  by: { readonly plan: LaunchPlan; readonly ports: SupervisorPorts; readonly records: OwnershipRecords },
): OwnershipRecord {
  const { handedOver: _handedOver, ...rest } = record;
  const { identity: owner, cwd } = by.ports.host;
  return { ...rest, child, commandHash: commandOf(by.plan, cwd).hash, owner, supervisor: by.records.supervisor };
}
