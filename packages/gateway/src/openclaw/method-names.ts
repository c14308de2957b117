/** The OpenClaw methods this gateway serves, by the scope each one needs; `undefined` for none. */
export const methodScopes = {
  health: undefined,
  status: 'operator.read',
  'channels.status': 'operator.read',
  'system-presence': 'operator.read',
  'last-heartbeat': 'operator.read',
  'logs.tail': 'operator.read',
  'config.get': 'operator.read',
  'models.list': 'operator.read',
  'agents.list': 'operator.read',
  'sessions.list': 'operator.read',
  'chat.history': 'operator.read',
  'chat.send': 'operator.write',
  'chat.abort': 'operator.write',
  'cron.list': 'operator.read',
  'cron.status': 'operator.read',
  'skills.status': 'operator.read',
} as const satisfies Record<string, string | undefined>;

export type OpenClawMethod = keyof typeof methodScopes;
export const methodNames: readonly string[] = Object.keys(methodScopes);

export function isOpenClawMethod(name: string): name is OpenClawMethod {
  return Object.hasOwn(methodScopes, name);
}

/** The scope that is missing for a method, if any; admin may do all. */
export function missingScope(method: OpenClawMethod, scopes: readonly string[]): string | undefined {
  const needed = methodScopes[method];
  return needed === undefined || scopes.includes(needed) || scopes.includes('operator.admin') ? undefined : needed;
}
