import type { Problem } from '@deskclaw/protocol';
import type { LinkState } from './state.ts';

/** One failure may be a host that is just starting, or just ending. */
const FAILURES_BEFORE_NOTICE = 2;

/** Tells once what keeps the app from any host (a broken configuration, a full disk), and again when it is something else. */
export function createProblemNotifier(tell: (problem: Problem) => void): (state: LinkState) => void {
  let told: string | undefined;
  return (state) => {
    if (state.name === 'live') told = undefined;
    if (state.name !== 'waiting' || state.failures < FAILURES_BEFORE_NOTICE || state.problem.detail === told) return;
    told = state.problem.detail;
    tell(state.problem);
  };
}
