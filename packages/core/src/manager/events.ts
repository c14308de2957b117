import type {
  ChannelStatusEvent,
  ExitCause,
  GatewayStatus,
  HealthReport,
  JournalRecord,
  LogRecord,
  ToolCallEvent,
} from '@deskclaw/protocol';
import type { ChatUpdate } from '../chat/chat-state.ts';
import type { Gap, ResyncCause } from '../connection/resume.ts';
import type { ExitRecord } from '../supervisor/state.ts';

export interface Notification {
  readonly method: string;
  readonly params: unknown;
}

/** What a `GatewayManager` tells. A throwing listener disturbs nobody, and an `error` without a listener is no error. */
export interface ManagerEvents {
  /** The status as it is now, whenever anything but a running clock in it has changed. */
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
  /** One line of the journal. */
  timeline: JournalRecord;
  health: HealthReport;
  'channel:status': ChannelStatusEvent;
  'chat:message': ChatUpdate;
  'tool:call': ToolCallEvent & { readonly state: 'started' | 'completed' };
  /** Events of the gateway were missed. */
  gap: Gap;
  /** What was known of the gateway may be out of date: fetch it again. */
  resync: ResyncCause;
}
