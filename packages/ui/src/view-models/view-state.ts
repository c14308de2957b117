import type { GatewayStatus, HostInfo } from '@deskclaw/protocol';
import type { HostLink, PendingRequest } from '../session/state.ts';

/** All that a shell knows at one moment: what every view model is made from. */
export interface ViewState {
  readonly link: HostLink;
  readonly host: HostInfo | undefined;
  /** The last one received; as of `link.since` while the host is lost. */
  readonly status: GatewayStatus | undefined;
  readonly pending: readonly PendingRequest[];
  /** Epoch ms. */
  readonly now: number;
}

/** Returns the time the data is valid for: the time of the loss while the host is lost. */
export function asOf(viewState: Pick<ViewState, 'link' | 'now'>): number {
  return viewState.link.name === 'lost' ? viewState.link.since : viewState.now;
}

/** Returns since when a connected gateway has not responded, epoch ms; `undefined` while it responds. */
export function silentSince({ state, health, healthSince, since }: GatewayStatus): number | undefined {
  if (state !== 'running' || (health !== 'unresponsive' && health !== 'down')) return undefined;
  return healthSince ?? since;
}
