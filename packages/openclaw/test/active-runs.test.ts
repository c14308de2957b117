import type { GatewayCall } from '@deskclaw/core/internal';
import { describe, expect, test } from 'vitest';
import { abortActiveRuns } from '../src/openclaw-target.ts';

interface Asked {
  readonly method: string;
  readonly params: unknown;
  readonly timeoutMs: number;
}

function gateway(sessions: unknown, abort: (sessionKey: string) => unknown = () => ({ ok: true, runIds: [] })) {
  const asked: Asked[] = [];
  const call: GatewayCall = async (method, params, timeoutMs) => {
    asked.push({ method, params, timeoutMs });
    if (method === 'sessions.list') return sessions;
    const key = typeof params === 'object' && params !== null && 'sessionKey' in params ? params.sessionKey : undefined;
    return abort(String(key));
  };
  return { asked, call };
}

describe('ending the runs before a stop', () => {
  test('only sessions at work are asked, and what was aborted is told', async () => {
    const sessions = {
      sessions: [
        { key: 'a', hasActiveRun: true },
        { key: 'b', hasActiveRun: false },
        { key: 'c', hasActiveRun: true },
      ],
    };
    const { call, asked } = gateway(sessions, (key) => ({ ok: true, aborted: true, runIds: [`run of ${key}`] }));
    expect(await abortActiveRuns(call, 700)).toEqual(['run of a', 'run of c']);
    expect(asked.slice(1)).toEqual([
      { method: 'chat.abort', params: { sessionKey: 'a' }, timeoutMs: 700 },
      { method: 'chat.abort', params: { sessionKey: 'c' }, timeoutMs: 700 },
    ]);
  });

  // 2026.5.28, asked in the name we use: it takes a run of "main" for none of "agent:main:main", and ends it by that name only.
  test('a running session that reports no active run is aborted by its short name', async () => {
    const sessions = {
      sessions: [
        { key: 'agent:main:main', hasActiveRun: false, status: 'running' },
        { key: 'agent:main:a:b', hasActiveRun: true, status: 'running' },
        { key: 'plain', hasActiveRun: false, status: 'running' },
        { key: 'agent:main:idle', hasActiveRun: false, status: 'timeout' },
      ],
    };
    const { call, asked } = gateway(sessions, (key) => ({ ok: true, runIds: key === 'main' ? ['r'] : [] }));
    expect(await abortActiveRuns(call, 700)).toEqual(['r']);
    const keys = ['main', 'agent:main:a:b', 'plain'];
    expect(asked.slice(1).map(({ params }) => params)).toEqual(keys.map((sessionKey) => ({ sessionKey })));
  });

  test('a version that does not tell who is at work is left alone', async () => {
    const { call, asked } = gateway({ sessions: [{ key: 'agent:main:main', kind: 'direct' }] });
    expect(await abortActiveRuns(call, 700)).toEqual([]);
    expect(asked.map(({ method }) => method)).toEqual(['sessions.list']);
  });

  test('a run that cannot be aborted does not keep the others', async () => {
    const sessions = {
      sessions: [
        { key: 'bad', hasActiveRun: true },
        { key: 'good', hasActiveRun: true },
      ],
    };
    const { call } = gateway(sessions, (key) => (key === 'bad' ? Promise.reject(new Error('no')) : { runIds: ['r'] }));
    expect(await abortActiveRuns(call, 700)).toEqual(['r']);
  });

  test.each([undefined, null, 'text', {}, { sessions: 'x' }, { sessions: [null, 7, { hasActiveRun: true }] }])(
    'an answer that makes no sense (%j) aborts nothing',
    async (answer) => {
      const { call, asked } = gateway(answer);
      expect(await abortActiveRuns(call, 700)).toEqual([]);
      expect(asked).toHaveLength(1);
    },
  );

  test('a gateway that answers nothing aborts nothing, and nobody hears of an error', async () => {
    expect(await abortActiveRuns(() => Promise.reject(new Error('gone')), 700)).toEqual([]);
  });
});
