import type { Environment } from '@deskclaw/core';

/**
 * What OpenClaw's guides ask of programs that keep it as a child: one process instead of a launcher and its child, no announcements on
 * the network, no login shell run for a snapshot, and the word that another manager owns the life of the gateway. With the last two
 * (2026.9.6, measured), service commands and self-updates from inside are refused, and doctor leaves native services alone; with
 * `OPENCLAW_NO_RESPAWN` besides, a restart stays in the process (5 s instead of 15 s, and no handoff to consume).
 * Generations that do not know a variable do not read it. The settings of a profile may set any of them otherwise.
 */
export const embeddingVariables = {
  OPENCLAW_NO_RESPAWN: '1',
  OPENCLAW_SUPERVISOR_MODE: 'external',
  OPENCLAW_SERVICE_REPAIR_POLICY: 'external',
  OPENCLAW_DISABLE_BONJOUR: '1',
  OPENCLAW_EXEC_SHELL_SNAPSHOT: '0',
} as const;

/** Returns those of the variables that set one of `embeddingVariables`. */
export function embeddingOverrides(env: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => Object.hasOwn(embeddingVariables, name)));
}

/** Left behind by a service manager's start, another supervisor, or OpenClaw's own respawn: a child of ours has nothing of them. */
const serviceVariables =
  /^OPENCLAW_(SERVICE_|LAUNCHD_LABEL$|SYSTEMD_UNIT$|WINDOWS_TASK_NAME$|SUPERVISOR_MODE$|.*RESPAWN)/;

/** How providers name their credentials, addresses and accounts (help/environment in OpenClaw's docs lists about a hundred). */
const providerVariables =
  /(_KEY|_TOKEN|_SECRET|_PASSWORD|_CREDENTIALS|_BASE_URL|_API_HOST|_ENDPOINT|_REGION|_LOCATION|_PROJECT|_PROJECT_ID|_PROFILE)$/;

/** Ours, those of the tool that started us, and Node's: with NODE_COMPILE_CACHE set, 2026.9.6 runs itself again as a child. */
const excludedNames = /^(DESKCLAW_|npm_|PNPM_|VITEST|ELECTRON_|NODE_)/;

function isPassedOn(name: string): boolean {
  if (excludedNames.test(name) || serviceVariables.test(name)) return false;
  return name.startsWith('OPENCLAW_') || providerVariables.test(name);
}

/**
 * Returns the variables that an OpenClaw gateway needs beyond those every child gets (`PATH`, `HOME`, locale, proxies):
 * its own settings, credentials for models and channels, and whatever else its configuration names.
 * @param named variables that the configuration refers to.
 */
export function gatewayEnvironment(
  env: Environment,
  named: readonly string[],
  own: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const passed: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && (isPassedOn(name) || named.includes(name))) passed[name] = value;
  }
  return { ...passed, ...embeddingVariables, ...own };
}

const reference = /\$\{([A-Z_][A-Z0-9_]*)\}|^\$([A-Z][A-Z0-9_]{0,127})$/g;

/** Every variable that some text of a configuration refers to. */
export function namedVariables(config: unknown): readonly string[] {
  if (typeof config === 'string') {
    return [...config.matchAll(reference)].map((match) => match[1] ?? match[2]).filter((name) => name !== undefined);
  }
  if (typeof config !== 'object' || config === null) return [];
  const { source, id }: { source?: unknown; id?: unknown } = config;
  const inner = Object.values(config).flatMap(namedVariables);
  return source === 'env' && typeof id === 'string' ? [id, ...inner] : inner;
}
