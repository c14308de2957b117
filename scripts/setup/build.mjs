import { run } from './run.mjs';
import { removeStaleOutputs } from './stale-outputs.mjs';
import { packageManager } from './workspace.mjs';

const started = /^(?<name>\S+):build: cache miss, executing/;

/** Builds what has changed since it was last built; turbo knows. */
export async function build() {
  /** @type {string[]} */
  const output = [];
  let announced = false;
  // turbo calls the package manager by name; npx puts it on the PATH, so that nobody has to install it first.
  const code = await run('npx', ['--yes', `--package=${packageManager()}`, '--', 'turbo', 'run', 'build'], {
    onLine: (line) => {
      output.push(line);
      const name = started.exec(line)?.groups?.['name'];
      if (name === undefined) return;
      if (!announced) console.log('Building ...');
      announced = true;
      console.log(`  ${name}`);
    },
  });
  if (code !== 0) throw new Error(`${output.join('\n')}\nThe build failed (exit code ${code}); the reason is above.`);
  removeStaleOutputs();
}
