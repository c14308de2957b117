import { spawn } from 'node:child_process';
import { type ExitCode, exitCodes } from '@deskclaw/protocol';
import { ensureHost } from '../host/ensure-host.ts';
import type { Shell } from '../shell.ts';

export interface UiOptions {
  readonly open: boolean;
  readonly port?: number | undefined;
}

/** The system's own way to open an address; nothing of it passes a shell. */
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

/** Whether something took the address; what it does with it is its own business. */
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

/** Serves the dashboard from the host, which stays when this command has ended, and opens it once. */
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
    shell.message(opened ? 'Opened in the browser.' : 'Open it in a browser within two minutes; it works once.');
  }
  return exitCodes.ok;
}
