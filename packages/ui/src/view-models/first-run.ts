import type { GatewayStatus, Problem } from '@deskclaw/protocol';
import type { ViewState } from './view-state.ts';

/** Model of the screen shown before the first start of a gateway. */
export interface FirstRun {
  readonly title: string;
  readonly lead: string;
  readonly found: readonly FirstRunFinding[];
  /** OpenClaw has been looked for and is not there. */
  readonly openclawMissing: boolean;
}

export interface FirstRunFinding {
  readonly id: 'host' | 'openclaw';
  readonly mark: 'yes' | 'no' | 'open';
  readonly text: string;
  readonly detail?: string;
}

/** The command of the catalogue action, so that all clients show the same. */
export const installCommand = 'deskclaw openclaw install';

function openclawFinding(problem: Problem | undefined): FirstRunFinding {
  if (problem?.code === 'openclaw.not-installed') {
    return { id: 'openclaw', mark: 'no', text: 'OpenClaw is not installed', detail: problem.detail };
  }
  return {
    id: 'openclaw',
    mark: 'open',
    text: 'OpenClaw: not checked yet',
    detail: 'DeskClaw looks for it when you select Start.',
  };
}

function isOpenclawMissing(status: GatewayStatus): boolean {
  return status.problem?.code === 'openclaw.not-installed';
}

/** Returns whether no gateway was ever started, or the requested one is not installed. */
export function isFirstRun(status: GatewayStatus): boolean {
  if (isOpenclawMissing(status)) return true;
  return (
    status.state === 'stopped' &&
    status.generation === 0 &&
    status.lastExit === undefined &&
    status.lastFailure === undefined &&
    status.problem === undefined
  );
}

export function firstRun(viewState: Pick<ViewState, 'status' | 'host'>): FirstRun | undefined {
  const { status, host } = viewState;
  if (status === undefined || host === undefined || !isFirstRun(status)) return undefined;
  const missing = isOpenclawMissing(status);
  return {
    title: missing ? 'No gateway installed yet' : 'Ready to start a gateway',
    lead: missing
      ? 'DeskClaw is ready, but it needs a gateway. Install OpenClaw, or try the built-in gateway.'
      : 'DeskClaw starts a gateway, keeps it running, and shows its real state.',
    found: [
      {
        id: 'host',
        mark: 'yes',
        text: `DeskClaw ${host.version} is running`,
        detail: `pid ${String(host.pid)}, profile “${host.profile}”`,
      },
      openclawFinding(status.problem),
    ],
    openclawMissing: missing,
  };
}
