/** What every shell shows, made from a status by plain functions: no screen, no clock, no host in here. */
export type { HostLink, LifecycleRequest, PendingRequest } from '../session/state.ts';
export * from './activity-rows.ts';
export * from './chat-rows.ts';
export * from './connection-card.ts';
export * from './controls.ts';
export * from './durations.ts';
export * from './first-run.ts';
export * from './log-rows.ts';
export * from './lost-host.ts';
export * from './problem-report.ts';
export * from './progress.ts';
export * from './state-appearance.ts';
export * from './state-card.ts';
export * from './status-bar.ts';
export * from './tray-model.ts';
export * from './view-state.ts';
