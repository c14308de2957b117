/** Runs one installation in a process that a test can kill. Prints each step as a line. */
import { installOpenClaw } from '../../src/install/install.ts';
import { installLayout } from '../../src/install/layout.ts';
import { installPorts, thisMachine } from '../../src/install/node-ports.ts';

const [data = '', version] = process.argv.slice(2);
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
const room = { openclawBytes: 1_000_000, nodeBytes: 1_000_000 };

try {
  const installation = await installOpenClaw(
    { version, requiredSpace: room, onProgress: say },
    installLayout(data, process.platform),
    thisMachine(process.env),
    installPorts(process.env),
  );
  say({ done: installation.outcome });
} catch (error) {
  say({ failed: error instanceof Error && 'code' in error ? error.code : String(error) });
}
