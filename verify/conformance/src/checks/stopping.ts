import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Check } from '../check.ts';
import { Conversation, SESSION } from '../conversation.ts';
import { call, login } from '../handshake.ts';
import { abortActiveRuns, nodeTcpPorts } from '../ours.ts';
import { at } from '../wire.ts';

export const stoppingChecks: readonly Check[] = [
  {
    name: 'abort, then SIGTERM',
    fact: 'stuck in a model call it ends in a second if the run is aborted first: shutdown event, close 1012, exit 0, nothing left',
    async run(bench) {
      const { gateway } = bench;
      const { wire } = await login(gateway.port);
      const chat = new Conversation(wire);
      const { runId } = await chat.send('[hang 3]');
      await chat.until((update) => update.runId === runId && update.state === 'delta', 'first word');
      const aborted = await abortActiveRuns(async (method, params, timeoutMs) => {
        const answer = await call(wire, method, params, timeoutMs);
        return answer['payload'];
      }, 5_000);
      // The oldest does not tell who is at work, and stops at once all the same.
      assert.deepEqual(aborted, bench.expect<readonly string[]>({ A: [], B: [runId], C: [runId] }));
      const asked = performance.now();
      gateway.signal('SIGTERM');
      const shutdown = await wire.next((frame) => frame['event'] === 'shutdown', 'shutdown event');
      assert.equal(at(shutdown, 'payload', 'reason'), 'gateway stopping');
      assert.deepEqual(await wire.closed, { code: 1012, reason: 'service restart' });
      const exit = await gateway.exitWithin(10_000);
      const took = Math.round(performance.now() - asked);
      assert.equal(exit?.code, 0, gateway.lines().join('\n'));
      await sleep(1_000);
      assert.deepEqual(gateway.family(), []);
      assert.equal(await nodeTcpPorts.check('127.0.0.1', gateway.port), 'free');
      assert.equal(await gateway.stateHolder(), undefined);
      return `${String(took)} ms`;
    },
  },
  {
    name: 'SIGTERM alone',
    fact: 'stuck in a model call the newest does not end by SIGTERM, refuses chat.abort meanwhile, and leaves nothing after SIGKILL',
    only: ['C'],
    async run(bench) {
      const { gateway, boot } = await bench.startReady(await bench.workplace('usual'));
      const { wire } = await login(gateway.port);
      const chat = new Conversation(wire);
      const { runId } = await chat.send('[hang 3]');
      await chat.until((update) => update.runId === runId && update.state === 'delta', 'first word');
      gateway.signal('SIGTERM');
      assert.equal(await gateway.exitWithin(3_000), undefined);
      const answer = await call(wire, 'chat.abort', { sessionKey: SESSION });
      assert.equal(at(answer, 'error', 'code'), 'UNAVAILABLE');
      assert.equal(at(answer, 'error', 'details', 'reason'), 'gateway-restarting');
      await gateway.kill();
      await sleep(1_000);
      assert.deepEqual(gateway.family(), []);
      return `second boot ${String(boot.helloMs)} ms`;
    },
  },
];
