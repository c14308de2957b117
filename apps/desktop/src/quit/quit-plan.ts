import type { GatewayStatus, HostInfo } from '@deskclaw/protocol';
import type { Role } from '../host-link/state.ts';
import type { KeepGateway } from '../settings/settings.ts';

/** What the app knows when somebody quits it. */
export interface QuitFacts {
  /** Absent while there is no way to a host. */
  readonly host: { readonly role: Role; readonly kind: HostInfo['kind'] } | undefined;
  readonly status: GatewayStatus | undefined;
  readonly setting: KeepGateway;
  /** Whether a host in the background could take over from this app. */
  readonly canMove: boolean;
  /** Whether this system lets a running process change hands; elsewhere it is started anew. */
  readonly passesProcesses: boolean;
  /** Ended by a signal or with the session: there is nobody to answer. */
  readonly unattended: boolean;
}

/** How to go. `leave`: touch nothing. `stop`: end the gateway and its host. `move`: let a background host run it. */
export type Going = 'leave' | 'stop' | 'move';
export type QuitPlan =
  | { readonly kind: 'go'; readonly going: Going }
  | { readonly kind: 'ask'; readonly question: QuitQuestion };

export interface QuitQuestion {
  readonly title: string;
  readonly detail: string;
  readonly choices: readonly QuitChoice[];
}
export interface QuitChoice {
  readonly label: string;
  /** `stay`: do not quit. */
  readonly going: Going | 'stay';
  /** What "do not ask again" would remember of this choice. */
  readonly remember?: KeepGateway;
}

const go = (going: Going): QuitPlan => ({ kind: 'go', going });
const stay: QuitChoice = { label: 'Cancel', going: 'stay' };
const stopAndQuit: QuitChoice = { label: 'Stop and Quit', going: 'stop', remember: 'never' };

/** Only what was started here ends here: a gateway of somebody else's is let go of, never stopped. */
export function isOursAndUp(status: GatewayStatus | undefined): status is GatewayStatus {
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

function moveWords(status: GatewayStatus, passesProcesses: boolean): string {
  const running = status.state === 'running' || status.state === 'reconnecting';
  return running && passesProcesses
    ? 'It belongs to this app. To keep it, a host in the background takes it over; its work goes on without a break.'
    : 'It belongs to this app. To keep it, a host in the background takes it over; the gateway restarts once for that.';
}

function askAsHost(status: GatewayStatus, { canMove, passesProcesses }: QuitFacts): QuitPlan {
  const move: QuitChoice = { label: 'Keep Running', going: 'move', remember: 'always' };
  return {
    kind: 'ask',
    question: {
      title: 'Keep the gateway running?',
      detail: canMove
        ? moveWords(status, passesProcesses)
        : 'It belongs to this app and ends with it: the command line that could keep it in the background was not found. To keep it, leave the app open.',
      choices: [...(canMove ? [move] : []), stopAndQuit, stay],
    },
  };
}

const askAsGuest: QuitPlan = {
  kind: 'ask',
  question: {
    title: 'Keep the gateway running?',
    detail: 'It runs in the background and does not need this app.',
    choices: [{ label: 'Keep Running', going: 'leave', remember: 'always' }, stopAndQuit, stay],
  },
};

function planAsHost(facts: QuitFacts): QuitPlan {
  const { status, setting, canMove, unattended } = facts;
  if (!isOursAndUp(status)) return go('stop');
  switch (setting) {
    case 'always':
      return canMove ? go('move') : unattended ? go('stop') : askAsHost(status, facts);
    case 'never':
      return go('stop');
    case 'ask':
      return unattended ? go('stop') : askAsHost(status, facts);
    default:
      return setting satisfies never;
  }
}

function planAsGuest(kind: HostInfo['kind'], { status, setting, unattended }: QuitFacts): QuitPlan {
  // A host in a terminal has somebody who looks after it.
  if (kind !== 'background' || !isOursAndUp(status)) return go('leave');
  switch (setting) {
    case 'always':
      return go('leave');
    case 'never':
      return go('stop');
    case 'ask':
      return unattended ? go('leave') : askAsGuest;
    default:
      return setting satisfies never;
  }
}

export function planQuit(facts: QuitFacts): QuitPlan {
  const { host } = facts;
  if (host === undefined) return go('leave');
  return host.role === 'hosting' ? planAsHost(facts) : planAsGuest(host.kind, facts);
}
