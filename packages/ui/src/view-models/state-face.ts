import type { GatewayStatus } from '@deskclaw/protocol';

/** What a colour means. `alert` is kept for what a person must act on; what heals by itself is `working`. */
export type Tone = 'ok' | 'working' | 'idle' | 'caution' | 'alert';
/** The state once more, for those who do not see the colour. */
export type Shape = 'disc' | 'arc' | 'dashes' | 'square' | 'ring' | 'bars' | 'triangle' | 'unlinked';

export interface StateFace {
  readonly word: string;
  readonly tone: Tone;
  readonly shape: Shape;
}

function runningFace(status: GatewayStatus): StateFace {
  switch (status.health) {
    case 'busy':
      return { word: 'Running, busy', tone: 'caution', shape: 'bars' };
    case 'unresponsive':
    case 'down':
      return { word: 'Not answering', tone: 'caution', shape: 'bars' };
    case 'ok':
    case 'unknown':
      return { word: 'Running', tone: 'ok', shape: 'disc' };
    default:
      return status.health satisfies never;
  }
}

function errorFace(status: GatewayStatus): StateFace {
  if (status.problem?.code === 'openclaw.not-installed')
    return { word: 'Not installed', tone: 'caution', shape: 'triangle' };
  switch (status.phase) {
    case 'paused':
      return { word: 'Waiting for you', tone: 'alert', shape: 'triangle' };
    case 'exhausted':
      return { word: 'Unreachable', tone: 'alert', shape: 'triangle' };
    default:
      return { word: 'Failed', tone: 'alert', shape: 'triangle' };
  }
}

/** The state in a word, a shape and a colour. */
export function stateFace(status: GatewayStatus): StateFace {
  switch (status.state) {
    case 'running':
      return runningFace(status);
    case 'starting':
      return { word: 'Starting', tone: 'working', shape: 'arc' };
    case 'reconnecting':
      return { word: 'Reconnecting', tone: 'working', shape: 'dashes' };
    case 'stopping':
      return { word: 'Stopping', tone: 'working', shape: 'square' };
    case 'stopped':
      return { word: 'Stopped', tone: 'idle', shape: 'ring' };
    case 'error':
      return errorFace(status);
    default:
      return status.state satisfies never;
  }
}
