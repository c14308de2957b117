/** One installation as a process of its own, so that it can be killed: tells its steps, a line each. */
import { installOpenClaw } from '../../src/managed/install.ts';
import { managedLayout } from '../../src/managed/layout.ts';
import { machinePorts, thisMachine } from '../../src/managed/on-this-machine.ts';

const [data = '', version] = process.argv.slice(2);
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
const room = { openclawBytes: 1_000_000, nodeBytes: 1_000_000 };

try {
  const installation = await installOpenClaw(
    { version, room, onProgress: say },
    managedLayout(data, process.platform),
    thisMachine(process.env),
    machinePorts(process.env),
  );
  say({ done: installation.outcome });
} catch (error) {
  say({ failed: error instanceof Error && 'code' in error ? error.code : String(error) });
}
