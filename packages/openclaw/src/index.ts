export { differingKeys, hasChannels, isWholeConfig } from './config-diff.ts';
export { locateConfig } from './config-location.ts';
export { repairConfig } from './config-repair.ts';
export { discoverOpenClaw } from './discovery.ts';
export { checkOpenClaw, gatherOpenClawFacts, type OpenClawFacts } from './doctor-checks.ts';
export { embeddingVariables } from './environment.ts';
export { judgeExit } from './exits.ts';
export { managedNodes } from './node-managers.ts';
export type { OpenClawPlan } from './openclaw-plan.ts';
export { abortActiveRuns, type OpenClawHooks, openClawTarget } from './openclaw-target.ts';
export { managedElsewhere } from './other-managers.ts';
export { type OpenClawPackage, packageAt } from './package.ts';
export { type PreparedOpenClaw, type PrepareInput, prepareOpenClaw } from './prepare.ts';
export { RestartHandoff } from './restart-handoff.ts';
export { type ProgramPorts, type ProgramRun, runProgram } from './run-program.ts';
export {
  chooseRuntime,
  type NodeRuntime,
  type ReadNodeVersion,
  type RuntimeChoice,
  runtimeProblem,
  spawnedNodeVersion,
} from './runtimes.ts';
export { findStateHolder, stateLockedProblem } from './state-lock.ts';
export { findMigration } from './state-migration.ts';
export { type PathRules, pathRules, type SystemInfo, searchPath } from './system-info.ts';
