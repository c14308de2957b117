import type { ChannelStatusEvent } from '@deskclaw/protocol';
import type { RunEvent } from './chat/run-events.ts';

export type ShutdownReason = 'stopping' | 'restarting';

/** What the gateway tells every connection, before a dialect puts it into its own words. */
export type Announcement =
  | { readonly kind: 'shutdown'; readonly reason: ShutdownReason; readonly restartExpectedMs?: number }
  | { readonly kind: 'run'; readonly event: RunEvent }
  | { readonly kind: 'channel'; readonly event: ChannelStatusEvent };
