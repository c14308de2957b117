import { type Host, type HostOptions, startHost as startAnyHost } from '../host/host.ts';
import { resumeInterruptedUpgrade } from './resume-interrupted.ts';

/**
 * Becomes the host of a profile: its gateway is stopped until a shell asks for it. An upgrade or a rollback that was cut off is
 * ended first, and also one whose process dies while this host runs.
 * @throws GatewayError `state.locked` where another process is, `config.invalid`, `state.read-only`, `disk.full`.
 */
export function startHost(options: HostOptions): Promise<Host> {
  const profile = { name: options.profile, env: options.env };
  return startAnyHost({
    resumeUpgrade: (gateway, restart) => resumeInterruptedUpgrade({ gateway, restart }, profile),
    ...options,
  });
}
