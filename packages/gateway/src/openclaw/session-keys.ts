import { createHash } from 'node:crypto';

const MAIN_AGENT = 'agent:main:';

/** OpenClaw's name for one of our sessions: `main` is `agent:main:main` there. */
export function toOpenClawKey(sessionKey: string): string {
  return sessionKey.startsWith('agent:') ? sessionKey : `${MAIN_AGENT}${sessionKey}`;
}

/** Our name for a session that OpenClaw's clients call by its full key or its short one. */
export function fromOpenClawKey(sessionKey: string): string {
  return sessionKey.startsWith(MAIN_AGENT) && sessionKey.length > MAIN_AGENT.length
    ? sessionKey.slice(MAIN_AGENT.length)
    : sessionKey;
}

/** The id that OpenClaw has beside the key of a session: shaped as a UUID, always the same for the same key, nothing to remember. */
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
