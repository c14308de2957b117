import { type Config, section } from './config-file.ts';
import { type ConfigLocation, openClawHome, resolvePath } from './config-location.ts';
import { pathRules, type SystemInfo } from './system-info.ts';

/**
 * Returns the file of the certificate that the gateway shows; `undefined` for a gateway without TLS. By OpenClaw's own rules:
 * `gateway.tls.certPath`, else the file under its state folder, which the gateway makes itself before it listens.
 */
export function certificatePath(
  config: Config | undefined,
  { stateDir }: ConfigLocation,
  system: SystemInfo,
): string | undefined {
  const tls = section(config, 'gateway', 'tls');
  if (tls?.['enabled'] !== true) return undefined;
  const named = tls['certPath'];
  return typeof named === 'string' && named.trim() !== ''
    ? resolvePath(named.trim(), openClawHome(system), system)
    : pathRules(system.platform).join(stateDir, 'gateway', 'tls', 'gateway-cert.pem');
}
