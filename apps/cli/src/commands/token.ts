import { findOrphan, resolvePaths, rotateStoredToken } from '@deskclaw/host';
import { type ExitCode, exitCodes, type TokenRotation } from '@deskclaw/protocol';
import { ensureHost, findHost } from '../host/find-host.ts';
import { withProgress } from '../output/progress.ts';
import type { Shell } from '../shell.ts';

/** Rotates through the host where a gateway may run with the old token, else in the file. */
async function rotate(shell: Shell): Promise<TokenRotation> {
  const profile = { name: shell.profile, env: shell.env };
  const session = findOrphan(profile) === undefined ? await findHost(shell) : await ensureHost(shell);
  if (session === undefined) return { outcome: rotateStoredToken(resolvePaths(profile).token) ? 'rotated' : 'none' };
  const { client } = session;
  return withProgress(shell, client, 'Replacing the token', () => client.call('host.rotateToken'));
}

/** Replaces the token that DeskClaw made for the gateway of the profile. */
export async function rotateToken(shell: Shell): Promise<ExitCode> {
  const result = await rotate(shell);
  if (shell.json) shell.document('token-rotate', result);
  else {
    switch (result.outcome) {
      case 'none':
        shell.message('DeskClaw made no token for this profile: its gateway has one from elsewhere, or none.');
        break;
      case 'rotated':
        shell.message('The token was replaced. The gateway uses the new one from its next start on.');
        break;
      case 'restarted':
        shell.message(
          `The token was replaced, and the gateway restarted with it: pid ${String(result.previousPid)} ${shell.out.style.glyphs.arrow} pid ${String(result.pid)}`,
        );
        break;
      default:
        result satisfies never;
    }
  }
  return result.outcome === 'none' ? exitCodes.failure : exitCodes.ok;
}
