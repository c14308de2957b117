import type {
  ChannelStatusEvent,
  ExitCause,
  GatewayStatus,
  HealthReport,
  JournalRecord,
  LogRecord,
  ToolCallEvent,
} from '@deskclaw/protocol';
import type { ChatUpdate } from '../chat/chat-types.ts';
import type { Gap, ResyncCause } from '../connection/resume.ts';
import type { ExitRecord } from '../supervisor/state.ts';

export interface Notification {
  readonly method: string;
  readonly params: unknown;
}

/** Events of a `GatewayManager`. A throwing listener disturbs no other, and an `error` event without a listener never throws. */
export interface ManagerEvents {
  /** The new status. Changes of `uptime` and `latencyMs` alone emit no event. */
  status: GatewayStatus;
  transition: {
    readonly from: GatewayStatus['state'];
    readonly to: GatewayStatus['state'];
    readonly status: GatewayStatus;
  };
  /** A frame no one claimed. */
  message: unknown;
  notification: Notification;
  exit: ExitRecord & { readonly cause: ExitCause };
  error: Error;
  log: LogRecord;
  /** A new journal record. */
  timeline: JournalRecord;
  health: HealthReport;
  'channel:status': ChannelStatusEvent;
  'chat:message': ChatUpdate;
  'tool:call': ToolCallEvent & { readonly state: 'started' | 'completed' };
  /** Events of the gateway were missed. */
  gap: Gap;
  /** Events may have been missed: fetch all data of the gateway again. */
  resync: ResyncCause;
}
