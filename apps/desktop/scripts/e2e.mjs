/** `pnpm e2e:electron`: the real app in a real Electron; where that is not here it says so loudly, and how to bring it. */
import { bootstrap } from '../../../scripts/bootstrap.mjs';
import { run } from '../../../scripts/setup/run.mjs';

async function runTests() {
  await bootstrap();
  const { electronVersion, findElectron } = await import('./electron-runtime.mjs');
  const electron = findElectron();
  if (electron === undefined) {
    const how =
      'set ELECTRON_OVERRIDE_DIST_PATH to the folder of an Electron, or let "npx install-electron" in apps/desktop fetch one';
    console.log(`SKIPPED: no Electron ${electronVersion()} here. To run the tests of the desktop app, ${how}.`);
    return 0;
  }
  console.log(`Electron: ${electron}`);
  return run('vitest', ['run', '--project', 'desktop', 'apps/desktop/test/e2e', ...process.argv.slice(2)]);
}

try {
  process.exitCode = await runTests();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
