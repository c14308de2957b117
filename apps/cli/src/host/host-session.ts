import type { ControlClient } from '@deskclaw/core';
import type { HostInfo } from '@deskclaw/protocol';

export interface HostSession {
  readonly client: ControlClient;
  readonly info: HostInfo;
}
