import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Check } from '../check.ts';
import { openCutLine } from '../cut-line.ts';
import { at } from '../wire.ts';
import { connection, errorOf } from './our-connection.ts';

/** A session of its own: the one of the chats may be at work. */
const SESSION = 'agent:main:our-calls';

function agent(ours: ReturnType<typeof connection>, message: string) {
  const accepted = Promise.withResolvers<unknown>();
  const params = { message, sessionKey: SESSION, deliver: false };
  const options = { idempotencyKey: randomUUID(), onProgress: (value: unknown) => accepted.resolve(value) };
  return { accepted: accepted.promise, final: ours.request<string>('agent', params, options) };
}

/** How our calls fare against methods and answers that are out of the ordinary. */
export const ourCallChecks: readonly Check[] = [
  {
    name: 'what is not listed',
    fact: 'a method that the list leaves out is there all the same, and one that is not is told as such',
    async run(bench) {
      await using ours = connection(bench.gateway.port);
      ours.connect();
      const { methods, version } = await ours.whenReady();
      assert.ok(!methods?.includes('web.login.start'), 'it is listed now');
      const login = await errorOf(ours.request('web.login.start', { timeoutMs: 1_000 }));
      assert.equal(login.code, 'rpc.error');
      const unknown = await errorOf(ours.request('skills.bundles'));
      assert.equal(unknown.code, 'method.not-offered');
      assert.ok(unknown.problem.detail.includes(`version ${String(version)}`));
      return login.rpc?.message;
    },
  },
  {
    name: 'our wrong token, over and over',
    fact: 'the newest takes up to 5 s to say so: it stays a wrong token, and never turns into silence; a good one gets in at once',
    async run(bench) {
      await using wrong = connection(bench.gateway.port, 'not the token');
      const took: number[] = [];
      wrong.connect();
      for (let tries = 1; tries <= 7; tries += 1) {
        const askedAt = performance.now();
        assert.equal((await errorOf(wrong.whenReady())).code, 'auth.token-mismatch');
        took.push((performance.now() - askedAt) / 1_000);
        wrong.reconnectNow();
      }
      assert.equal(wrong.snapshot().counters.attempts, 8);
      await using right = connection(bench.gateway.port);
      right.connect();
      await right.whenReady();
      return `answers after ${took.map((seconds) => seconds.toFixed(1)).join(', ')} s`;
    },
  },
  {
    name: 'an agent in two answers',
    fact: 'accepted, then the final answer under the same id',
    async run(bench) {
      await using ours = connection(bench.gateway.port);
      ours.connect();
      await ours.whenReady();
      const { accepted, final } = agent(ours, '[chunks 5] [slow 20]');
      assert.equal(at(await accepted, 'status'), 'accepted');
      const answer = await final;
      assert.equal(at(answer, 'status'), 'ok');
      assert.notEqual(at(answer, 'result'), undefined);
      return undefined;
    },
  },
  {
    name: 'an agent through a break',
    fact: 'asked again with its key it is in flight (the oldest: accepted) and runs once; we wait for its end by its name',
    async run(bench) {
      const line = await openCutLine(bench.gateway.port);
      await using ours = connection(line.port);
      ours.connect();
      await ours.whenReady();
      const mark = randomUUID();
      const { accepted, final } = agent(ours, `${mark} [chunks 100] [slow 40]`);
      await accepted;
      line.cut();
      const answer = await final;
      await line.close();
      assert.equal(at(answer, 'status'), 'ok');
      assert.equal(at(answer, 'result'), undefined);
      const { resent, sessions } = ours.snapshot().counters;
      assert.deepEqual([resent, sessions], [1, 2]);
      assert.deepEqual(ours.snapshot().pending, []);
      assert.equal(bench.model.requests.filter(({ text }) => text.includes(mark)).length, 1, 'it ran more than once');
      return undefined;
    },
  },
];
