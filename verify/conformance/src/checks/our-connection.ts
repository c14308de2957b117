import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Check } from '../check.ts';
import { SESSION } from '../conversation.ts';
import { openCutLine } from '../cut-line.ts';
import { login, scopes } from '../handshake.ts';
import {
  type ChatInput,
  type ChatRuns,
  type ChatUpdate,
  emptyChatRuns,
  GatewayConnection,
  GatewayError,
  isTerminal,
  managerDefaults,
  nodeClock,
  nodeRandom,
  openSessions,
  reduceChatRuns,
  wsSockets,
} from '../ours.ts';
import { TOKEN } from '../workplace.ts';

export function connection(port: number, token = TOKEN, asked?: readonly string[]): GatewayConnection {
  return new GatewayConnection({
    url: `ws://127.0.0.1:${String(port)}/`,
    socketFactory: wsSockets,
    dialect: 'auto',
    auth: token === '' ? {} : { token, tokenSource: 'this check' },
    ...(asked === undefined ? {} : { scopes: asked }),
    clock: nodeClock,
    random: nodeRandom,
    // As the product has it: alone, a connection is slower to ask.
    heartbeat: managerDefaults.heartbeat,
  });
}

/** A chat as a client of ours has it: told by notifications, caught up by the history after a break. */
class LiveChat {
  readonly updates: ChatUpdate[] = [];
  readonly #connection: GatewayConnection;
  readonly #runId = randomUUID();
  #runs: ChatRuns = emptyChatRuns;

  constructor(connection: GatewayConnection) {
    this.#connection = connection;
    connection.on('notification', ({ method, params }) => {
      this.#hear({ kind: 'notification', method, params, at: performance.now() });
    });
  }

  #hear(input: ChatInput): void {
    const { runs, updates } = reduceChatRuns(this.#runs, input);
    this.#runs = runs;
    this.updates.push(...updates.filter(({ runId }) => runId === this.#runId));
  }

  async send(message: string): Promise<void> {
    const params = { sessionKey: SESSION, message, idempotencyKey: this.#runId };
    await this.#connection.request('chat.send', params, { idempotencyKey: this.#runId });
  }

  async catchUp(): Promise<void> {
    for (const sessionKey of openSessions(this.#runs)) {
      const history = await this.#connection.request('chat.history', { sessionKey, limit: 20 });
      this.#hear({ kind: 'history', sessionKey, history, at: performance.now() });
    }
  }

  async until(holds: () => boolean | Promise<boolean>, limitMs = 120_000): Promise<void> {
    for (const deadline = performance.now() + limitMs; !(await holds()); await sleep(50)) {
      if (performance.now() > deadline) throw new Error(`not within ${String(limitMs)} ms: ${holds.toString()}`);
    }
  }
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

export async function errorOf(work: Promise<unknown>): Promise<GatewayError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof GatewayError, String(error));
  return error;
}

/** Our own part of a handshake, over the gateway's. */
const HANDSHAKE_ADDS_MS = 5;
const FROZEN_REPORT_MS = 15_000;

/** Sends requests without pause, through every interruption. Each is answered or rejected as not sent or lost; none may stay pending. */
async function askOften(ours: GatewayConnection, over: () => boolean): Promise<{ answered: number; failed: number }> {
  const settled: Promise<'answered' | 'failed'>[] = [];
  for (; !over(); await sleep(100)) {
    settled.push(
      ours.request('health').then(
        () => 'answered',
        (error: unknown) => {
          assert.ok(error instanceof GatewayError && error.outcome !== 'answered', String(error));
          return 'failed';
        },
      ),
    );
  }
  const outcomes = await Promise.all(settled);
  const answered = outcomes.filter((outcome) => outcome === 'answered').length;
  return { answered, failed: outcomes.length - answered };
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
      const seen = `ready in ${full.toFixed(1)} ms, a bare socket in ${bare.toFixed(1)} ms (medians of 15)`;
      assert.ok(full - bare <= HANDSHAKE_ADDS_MS, seen);
      return seen;
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
    name: 'without our token',
    fact: 'a gateway that requires a token is reported as such, and the connection pauses',
    async run(bench) {
      await using ours = connection(bench.gateway.port, '');
      ours.connect();
      const { problem } = await errorOf(ours.whenReady());
      assert.equal(problem.code, 'auth.token-missing');
      assert.equal(ours.state.name, 'paused');
      return problem.detail.slice(0, 60);
    },
  },
  {
    name: 'a scope nobody knows',
    fact: 'it is kept as asked for, and grants nothing',
    async run(bench) {
      await using ours = connection(bench.gateway.port, TOKEN, ['operator.read', 'operator.bogus']);
      ours.connect();
      const session = await ours.whenReady();
      assert.ok(session.scopes?.includes('operator.bogus'));
      const refused = await errorOf(ours.request('config.set', { raw: '{}' }));
      assert.equal(refused.outcome, 'answered');
      assert.match(refused.problem.detail, /operator\.admin/);
      return refused.code;
    },
  },
  {
    name: 'a page where the gateway should be',
    fact: 'HTML, to every request and to an upgrade, is no gateway: told, and tried again',
    async run() {
      const server = createServer((_request, response) => {
        response.writeHead(200, { 'content-type': 'text/html' });
        response.end('<html></html>');
      });
      server.on('upgrade', (_request, socket) => {
        socket.end('HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<html></html>');
      });
      await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
      const address = server.address();
      assert.ok(typeof address === 'object' && address !== null);
      await using ours = connection(address.port);
      const failed = Promise.withResolvers<string>();
      ours.on('transition', ({ to }) => {
        if (to.name === 'waiting') failed.resolve(to.last.code);
      });
      ours.connect();
      const code = await failed.promise;
      await ours.disconnect();
      server.closeAllConnections();
      server.close();
      assert.match(code, /^(connection\.|gateway\.not-a-gateway$)/);
      return code;
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
      const chat = new LiveChat(ours);
      await chat.send('[chunks 1000] [slow 8]');
      const { updates } = chat;
      const calls = askOften(ours, () => updates.some(isTerminal));
      for (let cuts = 1; cuts <= 3; cuts += 1) {
        const seen = updates.length;
        while (updates.length < seen + 5 && !updates.some(isTerminal)) await sleep(20);
        line.cut();
        await ours.whenReady();
        await chat.catchUp();
      }
      await chat.until(() => updates.some(isTerminal));
      const end = updates.find(isTerminal);
      await line.close();
      assert.equal(end?.state, 'final');
      assert.equal(end.text, Array.from({ length: 1_000 }, (_, n) => `w${String(n)}`).join(' '));
      assert.equal(updates.filter(isTerminal).length, 1);
      const { answered, failed } = await calls;
      assert.ok(answered > 3, `${String(answered)} calls were answered`);
      const { sessions } = ours.snapshot().counters;
      assert.deepEqual(ours.snapshot().pending, []);
      return `${String(updates.length)} updates, ${String(sessions)} sessions, ${String(answered)} calls answered, ${String(failed)} reported as not sent`;
    },
  },
  {
    name: 'a last word that was missed',
    fact: 'the history names the message of each run, what was answered, and whether it still works (not the oldest)',
    only: ['B', 'C'],
    async run(bench) {
      const line = await openCutLine(bench.gateway.port);
      await using ours = connection(line.port);
      ours.connect();
      await ours.whenReady();
      const chat = new LiveChat(ours);
      await chat.send('missed [chunks 12] [slow 100]');
      await chat.until(() => chat.updates.some(({ state }) => state === 'delta'));
      line.cut(true);
      const asked = () => bench.model.requests.find(({ text }) => text.includes('missed'));
      await chat.until(() => asked()?.outcome === 'answered');
      assert.equal(chat.updates.some(isTerminal), false);
      line.restore();
      ours.reconnectNow();
      await ours.whenReady();
      await chat.until(async () => {
        await chat.catchUp();
        return chat.updates.some(isTerminal);
      });
      await line.close();
      const end = chat.updates.find(isTerminal);
      assert.equal(end?.state, 'final');
      assert.match(end.text.trim(), /^w0 .* w11$/);
      return undefined;
    },
  },
  {
    name: 'frozen',
    fact: 'a frozen gateway is noticed, and connected to again when it continues',
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
      assert.ok(took * 1_000 <= FROZEN_REPORT_MS, `reported after ${took.toFixed(1)} s`);
      await ours.whenReady();
      await ours.request('health');
      return `${String(how)} after ${took.toFixed(1)} s`;
    },
  },
];
