import type { GatewayPhase } from '@deskclaw/protocol';

/** The finer step, as a person would say it. */
export const phaseLabels: Readonly<Record<GatewayPhase, string>> = {
  idle: 'idle',
  preflight: 'checking what is needed',
  spawning: 'starting the process',
  'waiting-ready': 'waiting until it is ready',
  'warming-up': 'it answers, and is still starting',
  connecting: 'connecting',
  handshaking: 'shaking hands',
  ready: 'ready',
  backoff: 'waiting before the next start',
  'waiting-retry': 'waiting before the next attempt',
  paused: 'paused until you act',
  exhausted: 'gave up for now',
  drain: 'finishing running work',
  terminating: 'ending the process',
  failed: 'failed',
};
