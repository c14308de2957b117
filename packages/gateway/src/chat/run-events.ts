import type { ChatRecord } from '@deskclaw/protocol';
import type { AgentLabel } from '../agent/agent.ts';

interface RunEventCommon {
  readonly runId: string;
  readonly sessionKey: string;
  /** Counts the events of one run from 0; `started` bears the number of the event after it. */
  readonly seq: number;
  /** Epoch ms. */
  readonly at: number;
}

/** What one chat run tells the world, in order: accepted, started, deltas, and exactly one of final, failed, aborted. */
export type RunEvent = RunEventCommon &
  (
    | { readonly kind: 'accepted'; readonly record: ChatRecord }
    | { readonly kind: 'started'; readonly label: AgentLabel }
    | { readonly kind: 'delta'; readonly text: string; readonly delta: string }
    | { readonly kind: 'final'; readonly text: string }
    | { readonly kind: 'failed'; readonly text: string; readonly error: string }
    | { readonly kind: 'aborted'; readonly text: string }
  );
