import type { OpenClawProgram } from '@deskclaw/protocol';

/** The gateway of the profile, as its host runs it. Each call resolves when it is true, and rejects with why not. */
export interface GatewayControl {
  /** The OpenClaw that runs now as a child of ours; `undefined`: none does. */
  readonly runningProgram: () => Promise<OpenClawProgram | undefined>;
  readonly stop: () => Promise<void>;
  /** @returns what runs now. */
  readonly start: () => Promise<OpenClawProgram | undefined>;
}
