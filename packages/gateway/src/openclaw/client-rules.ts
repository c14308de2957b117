/** Measured on OpenClaw 2026.9.6. */
export const clientIds = [
  'cli',
  'gateway-client',
  'webchat-ui',
  'openclaw-control-ui',
  'openclaw-browser-copilot',
  'openclaw-tui',
  'webchat',
  'openclaw-macos',
  'openclaw-linux',
  'openclaw-ios',
  'openclaw-watchos',
  'openclaw-android',
  'node-host',
  'openclaw-worker',
  'test',
  'fingerprint',
  'openclaw-probe',
] as const;
export const clientModes = ['webchat', 'cli', 'ui', 'backend', 'node', 'worker', 'probe', 'test'] as const;

type ClientId = (typeof clientIds)[number];
type ClientMode = (typeof clientModes)[number];

/** What a client without a device identity gets. */
export type DevicelessRule = 'asked-scopes' | 'no-scopes' | 'needs-device' | 'needs-origin';

export function devicelessRule(id: ClientId, mode: ClientMode): DevicelessRule {
  if (id === 'openclaw-control-ui' || id === 'webchat' || id === 'webchat-ui') return 'needs-origin';
  if (id === 'openclaw-tui') return 'needs-device';
  if (id === 'gateway-client' && mode === 'backend') return 'asked-scopes';
  if (id === 'cli' && mode === 'cli') return 'asked-scopes';
  return 'no-scopes';
}
