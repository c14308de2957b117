import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import { call } from '../handshake.ts';
import { at } from '../wire.ts';

export const rpcChecks: readonly Check[] = [
  {
    name: 'health',
    fact: 'answers { ok: true, ts, channels, sessions }',
    async run(bench) {
      const wire = await bench.connect();
      const begun = performance.now();
      const answer = await call(wire, 'health');
      const took = performance.now() - begun;
      assert.equal(answer['ok'], true);
      assert.equal(at(answer, 'payload', 'ok'), true);
      for (const key of ['ts', 'channels', 'sessions']) assert.notEqual(at(answer, 'payload', key), undefined, key);
      return `${took.toFixed(0)} ms`;
    },
  },
  {
    name: 'fifty at once',
    fact: 'parallel calls are all answered, each under its id',
    async run(bench) {
      const wire = await bench.connect();
      const answers = await Promise.all(Array.from({ length: 50 }, () => call(wire, 'health')));
      assert.ok(answers.every((answer) => answer['ok'] === true));
      assert.equal(new Set(answers.map((answer) => answer['id'])).size, 50);
      return undefined;
    },
  },
  {
    name: 'unknown method',
    fact: 'INVALID_REQUEST "unknown method"',
    async run(bench) {
      const answer = await call(await bench.connect(), 'no.such.method');
      assert.equal(at(answer, 'error', 'code'), 'INVALID_REQUEST');
      assert.match(String(at(answer, 'error', 'message')), /unknown method: no\.such\.method/);
      return undefined;
    },
  },
  {
    name: 'garbage',
    fact: 'a frame that is no JSON is passed over, the connection lives on',
    async run(bench) {
      const wire = await bench.connect();
      wire.send('this is not JSON');
      assert.equal((await call(wire, 'health'))['ok'], true);
      return undefined;
    },
  },
];

export const slowChecks: readonly Check[] = [
  {
    name: 'tick and ping',
    fact: 'a tick every 30 s; a WebSocket ping every 25 s (none from the oldest)',
    async run(bench) {
      await bench.watcher.next((frame) => frame['event'] === 'tick', 'tick', 40_000);
      const pings = bench.watcher.pings;
      if (bench.generation.letter === 'A') assert.deepEqual(pings, []);
      else assert.ok((pings[0] ?? 0) > 20_000, JSON.stringify(pings));
      return pings.length === 0 ? 'no ping' : `first ping after ${String(Math.round((pings[0] ?? 0) / 100) / 10)} s`;
    },
  },
  {
    name: 'sequence',
    fact: 'events count up by one: per connection from 1 (the oldest: per gateway, from anywhere)',
    async run(bench) {
      const counted = bench.watcher.frames.map((frame) => frame['seq']).filter((seq) => typeof seq === 'number');
      const first = counted[0];
      assert.ok(first !== undefined && counted.length > 10, `only ${String(counted.length)} events`);
      const expected = counted.map((_, index) => first + index);
      assert.deepEqual(counted, expected);
      if (bench.generation.letter !== 'A') assert.equal(first, 1);
      return Promise.resolve(`from ${String(first)}, ${String(counted.length)} events`);
    },
  },
];
