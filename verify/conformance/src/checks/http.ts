import assert from 'node:assert/strict';
import type { Bench } from '../bench.ts';
import type { Check } from '../check.ts';
import { greet } from '../handshake.ts';
import { at } from '../wire.ts';

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: unknown;
}

async function get(bench: Bench, path: string): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${String(bench.gateway.port)}${path}`);
  const type = response.headers.get('content-type') ?? '';
  return { status: response.status, type, body: type.includes('json') ? await response.json() : await response.text() };
}

export const httpChecks: readonly Check[] = [
  {
    name: '/healthz',
    fact: 'health is 200 with JSON { ok: true }; the oldest answers 200 with HTML, which is not health',
    async run(bench) {
      const { status, type, body } = await get(bench, '/healthz');
      assert.equal(status, 200);
      if (bench.generation.letter === 'A') assert.match(type, /text\/html/);
      else assert.equal(at(body, 'ok'), true);
      return type;
    },
  },
  {
    name: '/readyz',
    fact: 'ready once it lets us in',
    only: ['B', 'C'],
    async run(bench) {
      const { status, body } = await get(bench, '/readyz');
      assert.equal(status, 200);
      assert.equal(at(body, 'ready'), true);
      return undefined;
    },
  },
  {
    name: 'unknown path',
    fact: 'any path may answer 200 with HTML: a status alone proves nothing',
    async run(bench) {
      const { status, type } = await get(bench, '/no-such-page');
      assert.equal(status, 200);
      assert.match(type, /text\/html/);
      return undefined;
    },
  },
  {
    name: 'socket path',
    fact: 'the WebSocket is offered on every path, with the challenge first',
    async run(bench) {
      for (const path of ['/', '/ws', '/any/thing']) {
        const greeting = await greet(bench.gateway.port, undefined, { path });
        assert.equal(greeting.kind, 'hello', path);
        if (greeting.kind === 'hello') greeting.wire.close();
      }
      return undefined;
    },
  },
  {
    name: 'foreign origin',
    fact: 'a socket that says where it comes from is refused (the oldest lets anyone in): we say nothing',
    async run(bench) {
      const greeting = await greet(bench.gateway.port, undefined, { origin: 'https://evil.example' });
      if (greeting.kind === 'hello') greeting.wire.close();
      assert.equal(greeting.kind, bench.expect({ A: 'hello', B: 'refused', C: 'refused' }));
      if (greeting.kind === 'refused') {
        assert.equal(at(greeting.error, 'details', 'code'), 'CONTROL_UI_ORIGIN_NOT_ALLOWED');
        assert.equal(greeting.closing.code, 1008);
      }
      return undefined;
    },
  },
];
