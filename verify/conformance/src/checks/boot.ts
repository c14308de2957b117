import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import { reasonOf } from '../gateway.ts';
import { nodeTcpPorts } from '../ours.ts';
import { at } from '../wire.ts';
import { startOnTakenPort } from './failed-starts.ts';

export const bootChecks: readonly Check[] = [
  {
    name: 'start',
    fact: 'our launch plan starts it; what it answers while it starts is UNAVAILABLE with a retry time, then close 1013',
    async run(bench) {
      const boot = await bench.startMain();
      assert.equal(bench.gateway.plan.version, bench.generation.version);
      for (const { error, closing } of boot.postponed) {
        assert.equal(at(error, 'code'), 'UNAVAILABLE');
        assert.equal(at(error, 'retryable'), true);
        assert.equal(typeof at(error, 'retryAfterMs'), 'number');
        assert.equal(reasonOf(error), 'startup-sidecars');
        assert.deepEqual(closing, { code: 1013, reason: 'gateway starting' });
      }
      await bench.beginWatching(startOnTakenPort);
      return `listening ${String(boot.listeningMs)} ms, hello ${String(boot.helloMs)} ms, put off ${String(boot.postponed.length)} times`;
    },
  },
  {
    name: 'one process',
    fact: 'with OPENCLAW_NO_RESPAWN the spawned pid is the one that listens',
    async run(bench) {
      const owner = await nodeTcpPorts.owner(bench.gateway.port);
      assert.equal(owner?.pid, bench.gateway.pid);
      return `${owner.name}, family of ${String(bench.gateway.family().length)}`;
    },
  },
  {
    name: 'lock',
    fact: 'its lock file names the living holder of the state folder; where it listens, the lock or the system tells',
    async run(bench) {
      const holder = await bench.gateway.stateHolder();
      assert.equal(holder?.pid, bench.gateway.pid);
      assert.equal(holder.role, 'gateway');
      assert.equal(holder.port, bench.gateway.port);
      return undefined;
    },
  },
  {
    name: 'log file',
    fact: 'logging.file keeps the log out of the machine-wide one',
    async run(bench) {
      const log = await bench.gateway.workplace.log();
      assert.match(log, /gateway/);
      return undefined;
    },
  },
];
