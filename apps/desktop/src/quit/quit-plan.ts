import type { GatewayStatus, HostInfo } from '@deskclaw/protocol';
import type { Role } from '../host-link/state.ts';
import type { KeepGateway } from '../settings/settings.ts';

/** Input of `planQuit`: the state of host, gateway and settings when the user quits. */
export interface QuitInput {
  /** Absent while there is no way to a host. */
  readonly host: { readonly role: Role; readonly kind: HostInfo['kind'] } | undefined;
  readonly status: GatewayStatus | undefined;
  readonly setting: KeepGateway;
  /** Whether a host in the background could take over from this app. */
  readonly canMove: boolean;
  /** Whether a running process can be handed over on this system; elsewhere it is restarted. */
  readonly passesProcesses: boolean;
  /** True when a signal or the end of the session quits the app: nobody can answer a dialog. */
  readonly unattended: boolean;
}

/** How to quit. `leave`: touch nothing. `stop`: stop the gateway and its host. `move`: let a background host run it. */
export type QuitAction = 'leave' | 'stop' | 'move';
export type QuitPlan =
  | { readonly kind: 'proceed'; readonly action: QuitAction }
  | { readonly kind: 'ask'; readonly question: QuitQuestion };

export interface QuitQuestion {
  readonly title: string;
  readonly detail: string;
  readonly choices: readonly QuitChoice[];
}
export interface QuitChoice {
  readonly label: string;
  /** `cancel`: do not quit. */
  readonly action: QuitAction | 'cancel';
  /** The setting that "Do not ask again" stores for this choice. */
  readonly remember?: KeepGateway;
}

const proceed = (action: QuitAction): QuitPlan => ({ kind: 'proceed', action });
const cancel: QuitChoice = { label: 'Cancel', action: 'cancel' };
const stopAndQuit: QuitChoice = { label: 'Stop and Quit', action: 'stop', remember: 'never' };

/** Returns whether a gateway of ours is up. An attached gateway is only disconnected, never stopped. */
export function isOwnedAndUp(status: GatewayStatus | undefined): status is GatewayStatus {
  if (status === undefined || status.ownership === 'attached') return false;
  switch (status.state) {
    case 'starting':
    case 'running':
    case 'reconnecting':
      return true;
    case 'stopping':
    case 'error':
      return status.pid !== undefined;
    case 'stopped':
      return false;
    default:
      return status.state satisfies never;
  }
}

function keepRunningDetail(status: GatewayStatus, passesProcesses: boolean): string {
  const running = status.state === 'running' || status.state === 'reconnecting';
  return running && passesProcesses
    ? 'It continues in the background without interruption.'
    : 'It continues in the background after one restart.';
}

function confirmQuitAsHost(status: GatewayStatus, { canMove, passesProcesses }: QuitInput): QuitPlan {
  const move: QuitChoice = { label: 'Keep Running', action: 'move', remember: 'always' };
  return {
    kind: 'ask',
    question: {
      title: canMove ? 'Keep the gateway running after you quit?' : 'Stop the gateway and quit?',
      detail: canMove
        ? keepRunningDetail(status, passesProcesses)
        : 'The gateway stops when you quit, because the command-line program that could run it in the background was not found. To keep it running, leave the app open.',
      choices: [...(canMove ? [move] : []), stopAndQuit, cancel],
    },
  };
}

const confirmQuitAsClient: QuitPlan = {
  kind: 'ask',
  question: {
    title: 'Keep the gateway running after you quit?',
    detail: 'It runs in the background and does not need this app.',
    choices: [{ label: 'Keep Running', action: 'leave', remember: 'always' }, stopAndQuit, cancel],
  },
};

function planQuitAsHost(input: QuitInput): QuitPlan {
  const { status, setting, canMove, unattended } = input;
  if (!isOwnedAndUp(status)) return proceed('stop');
  switch (setting) {
    case 'always':
      return canMove ? proceed('move') : unattended ? proceed('stop') : confirmQuitAsHost(status, input);
    case 'never':
      return proceed('stop');
    case 'ask':
      return unattended ? proceed('stop') : confirmQuitAsHost(status, input);
    default:
      return setting satisfies never;
  }
}

function planQuitAsClient(kind: HostInfo['kind'], { status, setting, unattended }: QuitInput): QuitPlan {
  // A host in a terminal is managed by the user who started it.
  if (kind !== 'background' || !isOwnedAndUp(status)) return proceed('leave');
  switch (setting) {
    case 'always':
      return proceed('leave');
    case 'never':
      return proceed('stop');
    case 'ask':
      return unattended ? proceed('leave') : confirmQuitAsClient;
    default:
      return setting satisfies never;
  }
}

export function planQuit(input: QuitInput): QuitPlan {
  const { host } = input;
  if (host === undefined) return proceed('leave');
  return host.role === 'host' ? planQuitAsHost(input) : planQuitAsClient(host.kind, input);
}

/** What the close button does: destroy the window, hide it, or quit the app. */
export type ClosePlan = 'close' | 'hide' | 'quit';

export interface CloseInput {
  readonly platform: NodeJS.Platform;
  readonly quitting: boolean;
  readonly trayShown: boolean;
}

/** Hides the window only where it can be reached again: from a tray, or the macOS dock. */
export function planClose({ platform, quitting, trayShown }: CloseInput): ClosePlan {
  if (quitting) return 'close';
  return trayShown || platform === 'darwin' ? 'hide' : 'quit';
}
