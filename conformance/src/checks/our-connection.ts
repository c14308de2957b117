import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Check } from '../check.ts';
import { SESSION } from '../conversation.ts';
import { openCutLine } from '../cut-line.ts';
import { login, scopes } from '../handshake.ts';
import {
  type ChatUpdate,
  foldChat,
  GatewayConnection,
  GatewayError,
  isTerminal,
  noChatRuns,
  nodeClock,
  nodeRandom,
  wsSockets,
} from '../ours.ts';
import { TOKEN } from '../workplace.ts';

function connection(port: number, token = TOKEN): GatewayConnection {
  return new GatewayConnection({
    url: `ws://127.0.0.1:${String(port)}/`,
    socketFactory: wsSockets,
    dialect: 'auto',
    auth: { token, tokenSource: 'this check' },
    clock: nodeClock,
    random: nodeRandom,
  });
}

async function medianMs(times: number, work: () => Promise<unknown>): Promise<number> {
  const took: number[] = [];
  for (let n = 0; n < times; n += 1) {
    const begun = performance.now();
    await work();
    took.push(performance.now() - begun);
  }
  return took.sort((a, b) => a - b)[Math.floor(times / 2)] ?? 0;
}

async function errorOf(work: Promise<unknown>): Promise<GatewayError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof GatewayError, String(error));
  return error;
}

export const ourConnectionChecks: readonly Check[] = [
  {
    name: 'our connection',
    fact: 'DeskClaw’s own connection gets in, finds out the dialect, and is granted what it asks for',
    async run(bench) {
      const { port } = bench.gateway;
      await using ours = connection(port);
      ours.connect();
      const session = await ours.whenReady();
      assert.equal(session.dialect, 'openclaw');
      assert.equal(session.protocol, bench.generation.protocol);
      assert.deepEqual(session.scopes, scopes);
      assert.equal(session.missingScopes, undefined);
      assert.ok(session.methods?.includes('chat.send'));
      const bare = await medianMs(15, async () => (await login(port)).wire.close());
      const full = await medianMs(15, async () => {
        await using another = connection(port);
        another.connect();
        await another.whenReady();
      });
      return `ready in ${full.toFixed(1)} ms, a bare socket in ${bare.toFixed(1)} ms (medians of 15)`;
    },
  },
  {
    name: 'our wrong token',
    fact: 'a refused token pauses the connection with a problem that names the token’s source',
    async run(bench) {
      await using ours = connection(bench.gateway.port, 'wrong-token');
      ours.connect();
      const { problem } = await errorOf(ours.whenReady());
      assert.equal(problem.code, 'auth.token-mismatch');
      assert.match(problem.detail, /this check/);
      assert.doesNotMatch(JSON.stringify(problem), /wrong-token/);
      assert.equal(ours.state.name, 'paused');
      return undefined;
    },
  },
  {
    name: 'our calls',
    fact: 'answers and errors reach the caller as what they are',
    async run(bench) {
      await using ours = connection(bench.gateway.port);
      ours.connect();
      await ours.whenReady();
      const health = await ours.request('health');
      assert.ok(typeof health === 'object' && health !== null && 'ok' in health && health.ok === true);
      const unknown = await errorOf(ours.request('no.such.method'));
      assert.ok(['method.not-offered', 'rpc.error'].includes(unknown.code), unknown.code);
      assert.match(unknown.problem.detail, /no\.such\.method/);
      return unknown.code;
    },
  },
  {
    name: 'a chat through three breaks',
    fact: 'a thousand words, the line cut three times meanwhile: the reply ends once, whole',
    async run(bench) {
      const line = await openCutLine(bench.gateway.port);
      await using ours = connection(line.port);
      ours.connect();
      await ours.whenReady();
      let runs = noChatRuns;
      const updates: ChatUpdate[] = [];
      const ended = Promise.withResolvers<ChatUpdate>();
      const runId = randomUUID();
      ours.on('notification', ({ method, params }) => {
        const fold = foldChat(runs, { kind: 'notification', method, params, at: performance.now() });
        runs = fold.runs;
        for (const update of fold.updates.filter((one) => one.runId === runId)) {
          updates.push(update);
          if (isTerminal(update)) ended.resolve(update);
        }
      });
      const params = { sessionKey: SESSION, message: '[chunks 1000] [slow 8]', idempotencyKey: runId };
      await ours.request('chat.send', params, { idempotencyKey: runId });
      for (let cuts = 1; cuts <= 3; cuts += 1) {
        const seen = updates.length;
        while (updates.length < seen + 5) await sleep(20);
        line.cut();
        await ours.whenReady();
      }
      const end = await Promise.race([ended.promise, sleep(120_000, undefined, { ref: false })]);
      await line.close();
      assert.equal(end?.state, 'final');
      assert.equal(end.text, Array.from({ length: 1_000 }, (_, n) => `w${String(n)}`).join(' '));
      assert.equal(updates.filter(isTerminal).length, 1);
      return `${String(updates.length)} updates, ${String(ours.snapshot().counters.sessions)} sessions`;
    },
  },
  {
    name: 'frozen',
    fact: 'a gateway that stands still is noticed, and found again when it goes on',
    async run(bench) {
      const { gateway } = bench;
      await using ours = connection(gateway.port);
      ours.connect();
      await ours.whenReady();
      const noticed = Promise.withResolvers<string>();
      ours.on('unresponsive', () => noticed.resolve('unresponsive'));
      ours.on('ended', () => noticed.resolve('ended'));
      const begun = performance.now();
      process.kill(gateway.pid, 'SIGSTOP');
      let how: string | undefined;
      try {
        how = await Promise.race([noticed.promise, sleep(90_000, undefined, { ref: false })]);
      } finally {
        process.kill(gateway.pid, 'SIGCONT');
      }
      const took = (performance.now() - begun) / 1_000;
      assert.notEqual(how, undefined);
      await ours.whenReady();
      await ours.request('health');
      return `${String(how)} after ${took.toFixed(1)} s`;
    },
  },
];
