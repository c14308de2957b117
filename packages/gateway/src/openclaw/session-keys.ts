import { createHash } from 'node:crypto';

const MAIN_AGENT = 'agent:main:';

/** Returns the OpenClaw key of a session: `main` becomes `agent:main:main`. */
export function toOpenClawKey(sessionKey: string): string {
  return sessionKey.startsWith('agent:') ? sessionKey : `${MAIN_AGENT}${sessionKey}`;
}

/** Returns the session name for a full or short OpenClaw key. */
export function fromOpenClawKey(sessionKey: string): string {
  return sessionKey.startsWith(MAIN_AGENT) && sessionKey.length > MAIN_AGENT.length
    ? sessionKey.slice(MAIN_AGENT.length)
    : sessionKey;
}

/** Returns the OpenClaw session id: shaped like a UUID and always the same for the same key, so nothing is stored. */
export function sessionIdOf(sessionKey: string): string {
  const digest = createHash('sha256').update(toOpenClawKey(sessionKey)).digest('hex');
  return [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `8${digest.slice(13, 16)}`,
    `8${digest.slice(17, 20)}`,
    digest.slice(20, 32),
  ].join('-');
}
