/** JSON-RPC servers that nobody here wrote: each is started, asked, heard, killed, restarted and stopped. */
import { afterAll, beforeAll, describe, test } from 'vitest';
import { ensurePackages, type Installed } from '../src/install.ts';
import { type OtherServer, otherServers, serverPackages } from '../src/servers/server-list.ts';
import { drawTrials, findProgram, type Phase, type PhaseResult, phases, Trial } from '../src/servers/trial.ts';

const INSTALL_MS = 10 * 60_000;
const PHASE_MS = 60_000;
/** Changes with the packages. */
const PACKAGES_VERSION = '1';

const results = new Map<string, Map<Phase, PhaseResult> | string>();
let packages: Installed = { kind: 'impossible', reason: 'the installation did not end' };

beforeAll(async () => {
  packages = await ensurePackages('servers', PACKAGES_VERSION, serverPackages, process.env);
}, INSTALL_MS);

afterAll(() => {
  console.log(`\n${drawTrials(results)}\n`);
});

/** Returns why a server cannot be run here; `undefined` if it can. */
async function missing({ from }: OtherServer): Promise<string | undefined> {
  // The bridges and libraries are among the packages.
  if (packages.kind === 'impossible') return packages.reason;
  if (from === 'npm') return undefined;
  const found = await findProgram(from.program, process.env);
  return found === undefined ? `there is no ${from.program} on the PATH` : undefined;
}

describe.each(otherServers)('server $name', (server) => {
  let trial: Trial | undefined;
  let reason: string | undefined;
  const seen = new Map<Phase, PhaseResult>();

  beforeAll(async () => {
    reason = await missing(server);
    results.set(server.name, reason ?? seen);
    if (reason === undefined && packages.kind === 'installed') trial = await Trial.open(server, packages.folder);
    else console.error(`\n*** ${server.name} is NOT checked: ${reason ?? 'unknown'}\n`);
  });
  afterAll(() => trial?.close(), PHASE_MS);

  test.for(phases)('phase %s holds', { timeout: PHASE_MS }, async (phase, { skip }) => {
    if (trial === undefined) return skip(reason);
    const result = await trial.run(phase);
    seen.set(phase, result);
    if (result.kind === 'failed') throw new Error(`${server.name}: ${result.why}`);
  });
});
