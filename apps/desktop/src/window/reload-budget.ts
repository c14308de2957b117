/** More page crashes than this within the window, and trying again by itself would only go on. */
const MAX_CRASHES = 3;
const WINDOW_MS = 60_000;

export interface ReloadBudget {
  readonly crashes: readonly number[];
  readonly mayReload: boolean;
}

export const freshBudget: ReloadBudget = { crashes: [], mayReload: true };

/** `at`: monotonic ms. */
export function countCrash(budget: ReloadBudget, at: number): ReloadBudget {
  const crashes = [...budget.crashes.filter((one) => at - one < WINDOW_MS), at];
  return { crashes, mayReload: crashes.length <= MAX_CRASHES };
}
