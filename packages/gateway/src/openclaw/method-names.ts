/** Methods of OpenClaw that this gateway offers, with the scope each one needs; `undefined` for none. */
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
  'channels.start': 'operator.admin',
  'channels.stop': 'operator.admin',
  'channels.logout': 'operator.admin',
  'web.login.start': 'operator.admin',
  'web.login.wait': 'operator.admin',
  'device.pair.list': 'operator.pairing',
  'device.pair.approve': 'operator.pairing',
  'device.token.revoke': 'operator.pairing',
} as const satisfies Record<string, string | undefined>;

export type OpenClawMethod = keyof typeof methodScopes;

/** Methods that protocol 3 lacks. */
const newInProtocol4: ReadonlySet<string> = new Set<OpenClawMethod>(['channels.start', 'channels.stop']);

export function methodNames(protocol: 3 | 4): readonly string[] {
  return Object.keys(methodScopes).filter((name) => isOpenClawMethod(name, protocol));
}

export function isOpenClawMethod(name: string, protocol: 3 | 4): name is OpenClawMethod {
  return Object.hasOwn(methodScopes, name) && !(protocol === 3 && newInProtocol4.has(name));
}

/** The scope that is missing for a method, if any; admin may do all. */
export function missingScope(method: OpenClawMethod, scopes: readonly string[]): string | undefined {
  const needed = methodScopes[method];
  return needed === undefined || scopes.includes(needed) || scopes.includes('operator.admin') ? undefined : needed;
}
