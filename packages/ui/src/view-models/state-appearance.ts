import type { GatewayStatus } from '@deskclaw/protocol';

/** Meaning of a colour. `alert` is reserved for what the user must act on; what recovers on its own is `working`. */
export type Tone = 'ok' | 'working' | 'idle' | 'caution' | 'alert';
/** The state once more, for those who do not see the colour. */
export type Shape = 'disc' | 'arc' | 'dashes' | 'square' | 'ring' | 'bars' | 'triangle' | 'unlinked';

export interface StateAppearance {
  readonly label: string;
  readonly tone: Tone;
  readonly shape: Shape;
}

function runningAppearance(status: GatewayStatus): StateAppearance {
  switch (status.health) {
    case 'busy':
      return { label: 'Running, busy', tone: 'caution', shape: 'bars' };
    case 'unresponsive':
    case 'down':
      return { label: 'Not responding', tone: 'caution', shape: 'bars' };
    case 'ok':
    case 'unknown':
      return { label: 'Running', tone: 'ok', shape: 'disc' };
    default:
      return status.health satisfies never;
  }
}

function errorAppearance(status: GatewayStatus): StateAppearance {
  if (status.problem?.code === 'openclaw.not-installed')
    return { label: 'Not installed', tone: 'caution', shape: 'triangle' };
  switch (status.phase) {
    case 'paused':
      return { label: 'Action needed', tone: 'alert', shape: 'triangle' };
    case 'exhausted':
      return { label: 'Unreachable', tone: 'alert', shape: 'triangle' };
    default:
      return { label: 'Failed', tone: 'alert', shape: 'triangle' };
  }
}

/** Returns label, shape and tone of the state. */
export function stateAppearance(status: GatewayStatus): StateAppearance {
  switch (status.state) {
    case 'running':
      return runningAppearance(status);
    case 'starting':
      return { label: 'Starting', tone: 'working', shape: 'arc' };
    case 'reconnecting':
      return { label: 'Reconnecting', tone: 'working', shape: 'dashes' };
    case 'stopping':
      return { label: 'Stopping', tone: 'working', shape: 'square' };
    case 'stopped':
      return { label: 'Stopped', tone: 'idle', shape: 'ring' };
    case 'error':
      return errorAppearance(status);
    default:
      return status.state satisfies never;
  }
}
