import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gatewayFile } from '../../../core/test/manager/builtin.ts';
import { manifest } from '../../../openclaw/test/memory-files.ts';

/**
 * The built-in gateway, which speaks OpenClaw's dialect, in OpenClaw's place on disk: found, planned and started as OpenClaw is. It refuses
 * a configuration with "bogus" in it as OpenClaw does (78), crashes with one that "crashes" or has channels that it may use, and its doctor does what `DOCTOR` says. Where `OPENCLAW_TEST_RESTART` is set, its
 * first process exits for a restart, and answers with that when it is asked for the handoff. The real one is checked in `conformance`.
 */
const program = `
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
const { env, argv } = process;
const config = env.OPENCLAW_CONFIG_PATH;
if (argv[2] === 'doctor') {
  console.log('doctor runs');
  if (env.OPENCLAW_TEST_DOCTOR === 'hangs') setInterval(() => {}, 1000);
  else if (env.OPENCLAW_TEST_DOCTOR === 'fails') process.exit(3);
  else if (env.OPENCLAW_TEST_DOCTOR !== 'useless') writeFileSync(config, '{ "gateway": { "mode": "local" } }');
} else if (argv[3] === 'restart-handoff') {
  const contract = { ok: true, protocol: 'openclaw.gateway.restart-handoff', protocolVersion: 1 };
  const status = env.OPENCLAW_TEST_RESTART;
  const pid = Number(argv[argv.indexOf('--expected-pid') + 1]);
  if (status === 'unknown') process.exit(1);
  else if (argv[4] === 'capabilities') console.log(JSON.stringify({ ...contract, operations: ['consume'] }));
  else if (status === 'accepted') console.log(JSON.stringify({ ...contract, status, handoff: { pid, reason: 'gateway.restart' } }));
  else console.log(JSON.stringify({ ...contract, status, reason: 'in a test' }));
} else if (readFileSync(config, 'utf8').includes('bogus')) {
  console.error('Invalid config: bogus');
  process.exit(78);
} else if (readFileSync(config, 'utf8').includes('crashes')) {
  console.error('Crashed: it was told to');
  process.exit(1);
} else if (readFileSync(config, 'utf8').includes('"channels"') && env.OPENCLAW_SKIP_CHANNELS !== '1') {
  console.error('Crashed: a channel broke');
  process.exit(1);
} else {
  const token = config + '.token';
  writeFileSync(token, env.OPENCLAW_GATEWAY_TOKEN, { mode: 0o600 });
  const port = argv[argv.indexOf('--port') + 1];
  const faults = [];
  if (env.OPENCLAW_TEST_RESTART !== undefined && !existsSync(config + '.restarted')) {
    writeFileSync(config + '.restarted', '');
    faults.push('--allow-faults', '--fault', 'restart-by-exit=300');
  }
  process.argv = [argv[0], argv[1], '--port', port, '--dialect', 'openclaw', '--token-file', token, ...faults];
  await import(${JSON.stringify(gatewayFile)});
}
`;

export interface StandIn {
  readonly openclaw: string;
  readonly stateDir: string;
  readonly configPath: string;
  readonly temporary: string;
  /** Environment in which a host finds and runs the stand-in. */
  readonly env: Readonly<Record<string, string>>;
}

/** @param config text of the configuration file */
export function standInOpenClaw(root: string, config: string, doctor = 'mends'): StandIn {
  const [openclaw, stateDir, temporary] = [join(root, 'openclaw'), join(root, 'state-of-openclaw'), join(root, 'tmp')];
  for (const folder of [openclaw, stateDir, temporary]) mkdirSync(folder, { recursive: true });
  const configPath = join(stateDir, 'openclaw.json');
  writeFileSync(join(openclaw, 'package.json'), manifest('2026.9.6', '*'));
  writeFileSync(join(openclaw, 'openclaw.mjs'), program);
  writeFileSync(configPath, config);
  return {
    openclaw,
    stateDir,
    configPath,
    temporary,
    env: {
      DESKCLAW_OPENCLAW: openclaw,
      OPENCLAW_STATE_DIR: stateDir,
      OPENCLAW_CONFIG_PATH: configPath,
      OPENCLAW_TEST_DOCTOR: doctor,
      TMPDIR: temporary,
    },
  };
}
