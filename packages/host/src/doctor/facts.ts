import type { Presence } from '@deskclaw/core/internal';
import type { CheckReport, LastFailure, Problem } from '@deskclaw/protocol';

/** A file or folder of ours. */
export interface PathFacts {
  readonly path: string;
  readonly kind: 'folder' | 'file';
  readonly mode: number;
  readonly isWritable: boolean;
  /** The user it belongs to, if that is neither us nor root. */
  readonly foreignOwner?: string;
}

export interface PortFacts {
  readonly host: string;
  readonly port: number;
  readonly state: 'free' | 'taken' | 'forbidden' | 'no-address';
  readonly owner?: { readonly pid: number; readonly name: string };
  /** Whether the owner is the gateway of this profile. */
  readonly isOurs: boolean;
  /** Whether the next start attaches to a gateway that has the port. */
  readonly mayAttach: boolean;
  /** Another profile whose gateway has it. */
  readonly otherProfile?: string;
}

/** Everything that the checks look at: read once, by `gather-facts.ts`. */
export interface DoctorFacts {
  readonly profile: string;
  readonly node: {
    readonly version: string;
    readonly file: string;
    readonly isSupported: boolean;
    readonly needed: string;
  };
  readonly settings: { readonly path: string; readonly problem?: Problem; readonly warnings: readonly string[] };
  /** What the next start runs, in words, or the problem that it would end with. */
  readonly nextStart: { readonly what: string; readonly problem?: Problem };
  /** Checks of the gateway's own program. */
  readonly gatewayChecks: readonly CheckReport[];
  /** `undefined`: the gateway runs elsewhere, or its port is chosen at the start. */
  readonly port?: PortFacts;
  readonly lock: { readonly path: string; readonly pid?: number; readonly presence?: Presence };
  readonly orphan?: { readonly pid: number; readonly port: number };
  readonly disk: { readonly path: string; readonly freeBytes: number | undefined };
  readonly paths: readonly PathFacts[];
  readonly runtime: {
    readonly path: string;
    readonly exists: boolean;
    /** `XDG_RUNTIME_DIR`, if it is set to a folder that is not there. */
    readonly missing?: string;
    readonly deadSockets: readonly string[];
  };
  readonly keyring: { readonly choice: 'keyring' | 'file'; readonly stored: string; readonly hasSessionBus: boolean };
  /** Epoch ms. `newestFile`: of the files that DeskClaw wrote last. */
  readonly clock: { readonly now: number; readonly newestFile?: { readonly path: string; readonly at: number } };
  readonly proxy: { readonly variables: readonly string[]; readonly excludesLoopback: boolean };
  readonly lastFailure?: LastFailure;
  readonly pendingUpgrade: boolean;
}
