import { expect, test } from 'vitest';
import { StartMemory } from '../../src/gateway/start-memory.ts';

function remembering(...notes: readonly (readonly [string, unknown])[]) {
  const memory = new StartMemory();
  for (const [method, params] of notes) memory.note(method, params);
  return memory.request;
}

test('nothing was started from here yet', () => {
  expect(remembering()).toBeUndefined();
  expect(remembering(['gateway.stop', {}], ['gateway.rpc', { gateway: 'builtin' }])).toBeUndefined();
});

test.each([
  [undefined, {}],
  [{}, {}],
  [{ gateway: 'builtin' }, { gateway: 'builtin' }],
  [
    { gateway: 'openclaw', port: 18_790 },
    { gateway: 'openclaw', port: 18_790 },
  ],
  // Not what the gateway is, only how long to wait for it.
  [{ timeoutMs: 300_000 }, {}],
  // Sent by a page: whatever it may be, only what is known is kept.
  [{ gateway: 'elsewhere', port: '1', command: ['sh'] }, {}],
  ['text', {}],
])('%j is remembered as %j', (params, request) => {
  expect(remembering(['gateway.start', params])).toEqual(request);
});

test('the newest counts', () => {
  expect(remembering(['gateway.start', { gateway: 'builtin' }], ['gateway.start', { gateway: 'openclaw' }])).toEqual({
    gateway: 'openclaw',
  });
});
