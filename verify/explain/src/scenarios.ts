import type { Scenario } from './scenario.ts';
import { folderScenarios } from './scenarios/folders.ts';
import { loginScenarios } from './scenarios/logins.ts';
import { openClawScenarios } from './scenarios/openclaw.ts';
import { portScenarios } from './scenarios/ports.ts';
import { programScenarios } from './scenarios/programs.ts';
import { requestScenarios } from './scenarios/requests.ts';
import { runningScenarios } from './scenarios/running.ts';
import { settingsScenarios } from './scenarios/settings.ts';
import { waitingScenarios } from './scenarios/waiting.ts';

/** All scenarios. Those with a number are the ones of the first judgement, by their numbers there. */
export const scenarios: readonly Scenario[] = [
  ...programScenarios,
  ...portScenarios,
  ...settingsScenarios,
  ...loginScenarios,
  ...waitingScenarios,
  ...runningScenarios,
  ...folderScenarios,
  ...requestScenarios,
  ...openClawScenarios,
];
