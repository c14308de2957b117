import { existsSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { GatewayError } from '@deskclaw/core';
import { clearDashboardSessions, resolvePaths } from '@deskclaw/host';
import { type ControlMethods, describeProblem, type ExitCode, exitCodes } from '@deskclaw/protocol';
import { ensureHost, findHost } from '../host/find-host.ts';
import { type OpenResult, openInBrowser } from '../host/open-in-browser.ts';
import type { Shell } from '../shell.ts';

export interface UiOptions {
  readonly open: boolean;
  readonly port?: number | undefined;
  readonly revoke?: true | undefined;
}

const loopbackHosts: readonly string[] = ['127.0.0.1', '[::1]', 'localhost'];

const openByHand = 'Open this address in a browser within two minutes. It works once.';

type Opened = ControlMethods['host.openDashboard']['result'];

/**
 * Opens the page that leads to the link, never the link itself: the arguments of a browser can be read by every user.
 * Returns the lines to tell.
 */
async function openPage(shell: Shell, { redirectPage }: Opened): Promise<readonly string[]> {
  const { state } = resolvePaths({ name: shell.profile, env: shell.env });
  const result = await openOwnPage(redirectPage, state, shell.env);
  return result.kind === 'opened'
    ? ['Opened in the browser. If it shows no dashboard, open the address above within two minutes. It works once.']
    : [`The browser was not opened. ${result.reason}`, openByHand];
}

/** Hands only a page of our own state folder to a browser, whatever the host says. */
async function openOwnPage(page: string | undefined, state: string, env: Shell['env']): Promise<OpenResult> {
  if (page === undefined) return { kind: 'failed', reason: 'The host could not write the page that leads to it.' };
  if (!existsSync(page) || realpathSync(dirname(page)) !== realpathSync(state)) {
    return { kind: 'failed', reason: `The page that leads to it is not in ${state}.` };
  }
  return openInBrowser(pathToFileURL(page).href, env);
}

/**
 * Refuses an address that is not the dashboard's: people, scripts and browsers follow what is printed here.
 * @throws GatewayError `internal`
 */
export function assertDashboardUrl(url: string, at: number): void {
  const isDashboard =
    URL.canParse(url) && new URL(url).protocol === 'http:' && loopbackHosts.includes(new URL(url).hostname);
  if (isDashboard) return;
  const detail = 'The host named an address for the dashboard that is not http on this machine. It was not used.';
  throw new GatewayError(describeProblem('internal', { detail }, at));
}

/** Serves the dashboard from the host, which keeps running, and opens it once. */
async function openDashboard(shell: Shell, options: UiOptions): Promise<void> {
  const { client } = await ensureHost(shell);
  const opens = options.open && !shell.json;
  const opened = await client.call('host.openDashboard', {
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(opens ? { redirectPage: true } : {}),
  });
  const { url, port, movedFrom } = opened;
  assertDashboardUrl(url, shell.now());
  if (shell.json) {
    shell.document('ui', { url, port, ...(movedFrom === undefined ? {} : { movedFrom }) });
    return;
  }
  if (movedFrom !== undefined) {
    shell.message(
      `Another program uses port ${String(movedFrom)}, which the dashboard had before. It is on port ${String(port)} now; pages that are still open need this link.`,
    );
  }
  shell.data(url);
  shell.message(...(opens ? await openPage(shell, opened) : [openByHand]));
}

/** Ends all sessions of the dashboard, those of open pages too; without a host, those that the next one would accept. */
async function revoke(shell: Shell): Promise<void> {
  const session = await findHost(shell);
  const { dashboard } = resolvePaths({ name: shell.profile, env: shell.env });
  const sessions =
    session === undefined
      ? clearDashboardSessions(dashboard)
      : (await session.client.call('host.revokeDashboard')).sessions;
  if (shell.json) shell.document('ui-revoke', { sessions });
  else
    shell.message(
      sessions === 0
        ? 'The dashboard had no sessions.'
        : `Ended ${String(sessions)} ${sessions === 1 ? 'session' : 'sessions'} of the dashboard. A new link: deskclaw ui`,
    );
}

export async function ui(shell: Shell, options: UiOptions): Promise<ExitCode> {
  if (options.revoke === true) await revoke(shell);
  else await openDashboard(shell, options);
  return exitCodes.ok;
}
