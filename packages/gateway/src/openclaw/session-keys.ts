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
