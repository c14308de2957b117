import type { GatewayStatus } from '@deskclaw/protocol';
import type { Tone } from './state-appearance.ts';
import type { Fact } from './state-card.ts';
import { silentSince, type ViewState } from './view-state.ts';

export interface ConnectionCard {
  readonly word: 'Open' | 'No response' | 'Opening' | 'Waiting' | 'Paused' | 'Closed';
  readonly tone: Tone;
  /** Absent while nobody knows the port: a free one is chosen at each start. */
  readonly url: string | undefined;
  /** Whether the address is that of the next start: nothing is there now. */
  readonly isNext: boolean;
  readonly facts: readonly Fact[];
}

const dialects = { openclaw: 'OpenClaw', jsonrpc: 'JSON-RPC 2.0' } as const;

function protocolLabel({ dialect, protocol }: GatewayStatus): string | undefined {
  if (dialect === undefined) return undefined;
  return protocol === undefined ? dialects[dialect] : `${dialects[dialect]}, version ${String(protocol)}`;
}

function stateOf(status: GatewayStatus): Pick<ConnectionCard, 'word' | 'tone'> {
  switch (status.phase) {
    case 'ready':
      return silentSince(status) === undefined
        ? { word: 'Open', tone: 'ok' }
        : { word: 'No response', tone: 'caution' };
    case 'connecting':
    case 'handshaking':
    case 'waiting-ready':
    case 'warming-up':
      return { word: 'Opening', tone: 'working' };
    case 'migrating':
    case 'restarting':
      return { word: 'Waiting', tone: 'working' };
    case 'waiting-retry':
    case 'exhausted':
      return { word: 'Waiting', tone: status.state === 'error' ? 'alert' : 'working' };
    case 'paused':
      return { word: 'Paused', tone: 'alert' };
    case 'drain':
      return { word: 'Open', tone: 'working' };
    case 'idle':
    case 'preflight':
    case 'spawning':
    case 'backoff':
    case 'terminating':
    case 'failed':
      return { word: 'Closed', tone: 'idle' };
    default:
      return status.phase satisfies never;
  }
}

/** Model of the connection card: address, protocol and response time. */
export function connectionCard(viewState: ViewState): ConnectionCard | undefined {
  const { status } = viewState;
  if (status === undefined) return undefined;
  const state = stateOf(status);
  const facts: readonly Fact[] = [{ id: 'dialect', label: 'Protocol', value: protocolLabel(status) }];
  return {
    word: state.word,
    // What was true when the host was last heard is not shown in the colours of now.
    tone: viewState.link.name === 'live' ? state.tone : 'idle',
    url: status.port === 0 ? undefined : status.url,
    isNext: status.state === 'stopped',
    facts: state.word === 'Open' ? facts : facts.filter((fact) => fact.value !== undefined),
  };
}
