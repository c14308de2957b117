import { spawn } from 'node:child_process';
import { type ExitCode, exitCodes } from '@deskclaw/protocol';
import { ensureHost } from '../host/find-host.ts';
import type { Shell } from '../shell.ts';

export interface UiOptions {
  readonly open: boolean;
  readonly port?: number | undefined;
}

/** Returns the program of the system that opens an address, without a shell. */
function opener(platform: NodeJS.Platform): readonly [string, ...string[]] {
  switch (platform) {
    case 'darwin':
      return ['open'];
    case 'win32':
      return ['rundll32', 'url.dll,FileProtocolHandler'];
    default:
      return ['xdg-open'];
  }
}

/** Resolves with whether a program accepted the address. */
function openInBrowser(url: string): Promise<boolean> {
  const [program, ...args] = opener(process.platform);
  return new Promise((resolve) => {
    const child = spawn(program, [...args, url], { stdio: 'ignore', detached: true, windowsHide: true });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}

/** Serves the dashboard from the host, which keeps running, and opens it once. */
export async function ui(shell: Shell, options: UiOptions): Promise<ExitCode> {
  const { client } = await ensureHost(shell);
  const { url, port } = await client.call(
    'host.openDashboard',
    options.port === undefined ? {} : { port: options.port },
  );
  const opened = options.open && !shell.json && (await openInBrowser(url));
  if (shell.json) {
    shell.document('ui', { url, port });
  } else {
    shell.data(url);
    shell.message(
      opened ? 'Opened in the browser.' : 'Open this address in a browser within two minutes. It works once.',
    );
  }
  return exitCodes.ok;
}
