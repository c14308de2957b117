import type { Clock, Random } from '../ports/clock.ts';
import type { Programs, RecordStore } from '../ports/files.ts';
import type { Logger } from '../ports/logger.ts';
import type { PeerIdentity } from '../ports/peer-identity.ts';
import type { ProcessIdentity, ProcessTable, Spawner, TcpPorts } from '../ports/spawner.ts';
import type { Environment } from '../process/environment.ts';
import type { Platform } from '../process/path-list.ts';
import type { EventTime, SupervisorEvent } from './event.ts';
import type { SupervisorPolicy } from './launch-plan.ts';
import type { SupervisorModel, SupervisorState } from './state.ts';
import type { SupervisorEffect } from './transitions.ts';

/** The supervising process. */
export interface HostProcess {
  readonly identity: ProcessIdentity;
  readonly env: Environment;
  readonly platform: Platform;
  /** How many descriptors this process may have; absent where the system does not tell. */
  readonly maxDescriptors?: number;
  /** Absolute; it may be removed at any time. */
  readonly cwd: string;
}

export interface SupervisorPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly spawner: Spawner;
  readonly processes: ProcessTable;
  readonly tcpPorts: TcpPorts;
  readonly peerIdentity: PeerIdentity;
  readonly programs: Programs;
  /** Where ownership is written down; absent: a child of ours is not found again after a crash of ours. */
  readonly records?: RecordStore;
  /** Where it is kept how long starts took; absent: only as long as we live. */
  readonly bootTimes?: RecordStore;
  readonly logger: Logger;
  /** Takes secrets out of what a child prints, before any of it is kept, shown or made part of a problem. */
  readonly redact?: (text: string) => string;
  readonly host: HostProcess;
  /** Told of each event and the state in which it came: a simulation counts which pairs its schedules cover. */
  readonly observe?: (state: SupervisorState, event: SupervisorEvent) => void;
  /** Told of each step of the reducer with all that went into it, for a replay. Called for every event, so it must be cheap. */
  readonly record?: (step: SupervisorStep) => void;
}

/** One step of the reducer: its arguments and its result. Plain data. */
export interface SupervisorStep {
  readonly before: SupervisorModel;
  readonly event: SupervisorEvent;
  readonly time: EventTime;
  readonly policy: SupervisorPolicy;
  readonly after: SupervisorModel;
  readonly effects: readonly SupervisorEffect[];
}
