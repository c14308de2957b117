import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { readSelectedProfile, resolvePaths } from '@deskclaw/host';
import { app, crashReporter, dialog, protocol } from 'electron';
import { runDesktop } from './desktop.ts';
import { appFolders } from './launch/app-files.ts';
import { parseArguments } from './launch/arguments.ts';
import { BUNDLE_SCHEME } from './window/bundle.ts';

const USAGE = 2;

function launch(): void {
  const parsed = parseArguments(process.argv.slice(1), process.env, () => readSelectedProfile(process.env));
  if (!parsed.ok) {
    dialog.showErrorBox('DeskClaw', parsed.message);
    app.exit(USAGE);
    return;
  }
  const { profile, hidden } = parsed.value;
  const paths = resolvePaths({ name: profile, env: process.env });
  const folders = appFolders(paths);
  for (const folder of [folders.userData, folders.sessionData]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Before the lock is asked for: it lives in userData, so that each profile has an app of its own.
  app.setPath('userData', folders.userData);
  app.setPath('sessionData', folders.sessionData);
  app.setPath('crashDumps', folders.crashes);
  if (!app.requestSingleInstanceLock({ hidden })) {
    // The running instance shows its window.
    app.exit(0);
    return;
  }
  crashReporter.start({ uploadToServer: false });
  app.enableSandbox();
  protocol.registerSchemesAsPrivileged([
    { scheme: BUNDLE_SCHEME, privileges: { standard: true, secure: true, codeCache: true } },
  ]);
  runDesktop({ profile, hidden, paths, folders, dist: join(import.meta.dirname, '..') });
}

launch();
