import { type Config, section } from './config-file.ts';
import type { Lookup } from './variables.ts';

export interface GatewayPort {
  readonly port: number;
  /** The source of the port: `flag`, a variable, the configuration, or `default`. */
  readonly source: string;
}

const DEFAULT_PORT = 18_789;

function asPort(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535 ? value : undefined;
}

/** `1234`, `host:1234` or `[::1]:1234`, as OpenClaw reads `OPENCLAW_GATEWAY_PORT`. */
function parsePort(text: string): number | undefined {
  const digits = /^(?:(?:\[[^\]]+\]|[^:[\]]+):)?(?<port>\d{1,5})$/.exec(text)?.groups?.['port'];
  return digits === undefined ? undefined : asPort(Number(digits));
}

/** OpenClaw gives each named profile a port of its own: FNV-1a of the name, folded into 20000 to 59999. */
function profilePort(profile: string): number {
  let hash = 2_166_136_261;
  for (const byte of new TextEncoder().encode(profile)) hash = Math.imul(hash ^ byte, 16_777_619) >>> 0;
  return 20_000 + (hash % 40_000);
}

/** The port the gateway will listen on, in OpenClaw's own order. */
export function resolvePort(
  named: number | undefined,
  config: Config | undefined,
  configPath: string,
  profile: string | undefined,
  lookup: Lookup,
): GatewayPort {
  if (named !== undefined) return { port: named, source: 'flag' };
  const fromEnv = lookup('OPENCLAW_GATEWAY_PORT');
  const envPort = fromEnv === undefined ? undefined : parsePort(fromEnv.value);
  if (fromEnv !== undefined && envPort !== undefined) return { port: envPort, source: fromEnv.source };
  const configured = asPort(section(config, 'gateway')?.['port']);
  if (configured !== undefined) return { port: configured, source: `${configPath}: gateway.port` };
  if (profile !== undefined) return { port: profilePort(profile), source: 'OPENCLAW_PROFILE' };
  return { port: DEFAULT_PORT, source: 'default' };
}
