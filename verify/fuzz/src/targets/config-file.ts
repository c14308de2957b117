import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GatewayError, GatewayManager } from '@deskclaw/core';
import type { SeededRandom } from '@deskclaw/core/testing';
import { loadConfig } from '@deskclaw/host';
import { anyJson, anyText, list, object, oneOf } from '../grammar.ts';
import { must, type Target } from '../target.ts';

const LONGEST_PROBLEM = 8_000;

const bytes = (text: string): string => Buffer.from(text).toString('latin1');

const samples: readonly string[] = [
  '{"gateway":"builtin","port":18790}',
  '{"$schema":"./schema.json","command":["~/bin/gateway","--port","{port}"],"cwd":"~/work","env":{"A":"b"},"mode":"supervise"}',
  '{"openclaw":{"path":"~/openclaw"},"profiles":{"work":{"openclaw":{"version":"2026.9.6"},"port":0,"url":"ws://127.0.0.1:18789/"}}}',
  '{"reconnect":{"baseDelayMs":100,"maxDelayMs":2000,"maxAttempts":4,"stableAfterMs":1000},"startup":{"timeoutMs":5000},"request":{"timeoutMs":5000,"maxInFlight":8}}',
  '{"health":{"intervalMs":5000,"unresponsiveAfterMs":8000},"heartbeat":{"intervalMs":2000,"timeoutMs":1000},"stop":{"drainMs":0,"graceMs":10},"crash":{"maxCrashes":3,"windowMs":60000,"stableAfterMs":5000}}',
  '{"auth":{"device":"never"},"deviceKeys":"file","trustUsers":["me",1000],"trustUnknownPeers":true,"dashboard":{"sessionIdleMs":1000},"dialect":"auto","host":"127.0.0.1","path":"/ws","healthPath":"/health","repair":false}',
];

function anySettings(random: SeededRandom, depth = 0): string {
  const milliseconds = () => oneOf(random, '0', '1', '5000', '-1', '1.5', '1e300');
  const all: Readonly<Record<string, string>> = {
    gateway: oneOf(random, '"openclaw"', '"builtin"'),
    openclaw: oneOf(random, '{"path":"~/a"}', '{"version":"1"}', '{"path":"a","version":"1"}'),
    command: `[${list(random, 3, () => JSON.stringify(anyText(random))).join(',')}]`,
    cwd: oneOf(random, '"~/a"', '"/tmp"', '"a"', '"~"'),
    env: anyJson(random),
    mode: oneOf(random, '"auto"', '"supervise"', '"attach"'),
    host: JSON.stringify(anyText(random)),
    port: oneOf(random, '0', '1', '65535', '65536', '-1', '"1"'),
    url: oneOf(
      random,
      '"ws://127.0.0.1:1/"',
      '"wss://[::1]/"',
      '"http://a"',
      '"ws://"',
      JSON.stringify(anyText(random)),
    ),
    path: JSON.stringify(anyText(random)),
    healthPath: JSON.stringify(anyText(random)),
    reconnect: object(random, { baseDelayMs: milliseconds(), maxAttempts: milliseconds() }),
    request: object(random, { timeoutMs: milliseconds(), maxInFlight: milliseconds() }),
    heartbeat: object(random, { intervalMs: milliseconds(), timeoutMs: milliseconds() }),
    crash: object(random, { maxCrashes: milliseconds(), windowMs: milliseconds() }),
    trustUsers: anyJson(random),
    [anyText(random)]: anyJson(random),
    ...(depth === 0 ? { profiles: `{"work":${anySettings(random, 1)},"__proto__":{"port":1}}` } : {}),
  };
  const few = Object.fromEntries(Object.entries(all).filter(() => random.chance(0.25)));
  return object(random, few);
}

/** @throws whatever is no typed refusal of the configuration. @returns whether it was refused */
function refuses(act: () => unknown): boolean {
  try {
    act();
    return false;
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    must(error.code === 'config.invalid', 'a configuration fails with another code', () => error.code);
    must(JSON.stringify(error.problem).length <= LONGEST_PROBLEM, 'a problem is too long', () => error.problem);
    return true;
  }
}

/**
 * A configuration file with any bytes is read or refused with `config.invalid`, and the manager takes or refuses what was read.
 * @param folder for the file
 */
export function configFile(folder: string): Target {
  const path = join(folder, 'config', 'deskclaw.json');
  const env = { HOME: folder, PATH: '/bin' };
  const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(samples[0] ?? '', 'utf16le')]).toString('latin1');
  return {
    name: 'config-file',
    samples: [...samples.map((text) => [bytes(text)]), [bytes(`\ufeff${samples[0] ?? ''}`)], [utf16]],
    generate: (random) => [bytes(anySettings(random))],
    check: ([text = '']) => {
      mkdirSync(join(folder, 'config'), { recursive: true });
      writeFileSync(path, Buffer.from(text, 'latin1'));
      let label = 'refused';
      for (const profile of ['default', 'work']) {
        const isRefused = refuses(() => {
          const { settings, warnings } = loadConfig(path, profile, env);
          for (const warning of warnings) must(!warning.includes('\n'), 'a warning has several lines', () => warning);
          const { auth: _auth, ...options } = settings;
          label = refuses(() => new GatewayManager(options)) ? 'refused by the manager' : 'accepted';
        });
        must(isRefused === refuses(() => loadConfig(path, profile, env)), 'a file is read in two ways');
      }
      must(!('polluted' in {}), 'a file changed the prototype of all objects');
      return label;
    },
  };
}
