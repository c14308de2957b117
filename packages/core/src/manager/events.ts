import type {
  ChannelStatusEvent,
  GatewayStatus,
  HealthReport,
  JournalRecord,
  LogRecord,
  ToolCallEvent,
} from '@deskclaw/protocol';
import type { ChatUpdate } from '../chat/chat-types.ts';
import type { Gap, ResyncCause } from '../connection/resume.ts';

/** A status of this program's own manager. */
export type ManagerStatus = GatewayStatus & {
  /** The problem as one text, as the original manager had it; not in JSON. @deprecated use `problem` */
  readonly error?: string;
};

export interface Notification {
  readonly jsonrpc: '2.0';
  readonly method: string;
  readonly params: unknown;
}

/** Events of a `GatewayManager`. A throwing listener disturbs no other, and an `error` event without a listener never throws. */
export interface ManagerEvents {
  /** The new status. Changes of `uptime` and `latencyMs` alone emit no event. */
  status: ManagerStatus;
  transition: {
    readonly from: GatewayStatus['state'];
    readonly to: GatewayStatus['state'];
    readonly status: GatewayStatus;
  };
  /** A frame no one claimed. */
  message: unknown;
  notification: Notification;
  /** The exit code of a process of ours; null where a signal ended it. `lastExit` of the status says the rest. */
  exit: number | null;
  error: Error;
  log: LogRecord;
  /** A new journal record. */
  timeline: JournalRecord;
  health: HealthReport;
  'channel:status': ChannelStatusEvent;
  /** A step of a reply; and whatever else a gateway sends as `chat.message_received`, with its `message` as it came. */
  'chat:message': ChatUpdate;
  'tool:call': ToolCallEvent & { readonly state: 'started' | 'completed' };
  /** Events of the gateway were missed. */
  gap: Gap;
  /** Events may have been missed: fetch all data of the gateway again. */
  resync: ResyncCause;
}
