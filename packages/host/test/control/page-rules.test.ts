import type { ChannelCloseInfo, FrameChannel } from '@deskclaw/core';
import { controlEventNames, isObject, parseJson, RpcErrorCode } from '@deskclaw/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkFrame, MAX_FRAME_LENGTH, pageChannel } from '../../src/control/page-rules.ts';

function call(method: string, params?: unknown): string {
  return JSON.stringify({ jsonrpc: '2.0', id: 7, method, ...(params === undefined ? {} : { params }) });
}

function refusal(data: unknown): { readonly id: unknown; readonly code: unknown } {
  const decision = checkFrame(data);
  if (decision.kind !== 'answer') throw new Error(`it was not answered, but: ${decision.kind}`);
  const answer = parseJson(decision.text);
  if (!isObject(answer) || !isObject(answer['error'])) throw new Error(`not an error: ${decision.text}`);
  return { id: answer['id'], code: answer['error']['code'] };
}

describe('checkFrame allows', () => {
  test.each([
    ['host.info', undefined],
    ['gateway.status', undefined],
    ['gateway.start', undefined],
    ['gateway.start', { gateway: 'builtin', port: 18_790 }],
    ['gateway.stop', { force: true }],
    ['gateway.rpc', { method: 'chat.send', params: { text: 'hello' } }],
    ['events.subscribe', { topics: controlEventNames }],
    ['logs.query', { limit: 10 }],
  ])('the method %s passes unchanged', (method, params) => {
    const text = call(method, params);
    expect(checkFrame(text)).toEqual({ kind: 'pass', text });
  });

  test('a cancellation passes and other notifications are dropped', () => {
    const cancel = '{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":3}}';
    expect(checkFrame(cancel).kind).toBe('pass');
    expect(checkFrame('{"jsonrpc":"2.0","method":"gateway.stop"}')).toEqual({ kind: 'drop' });
  });
});

describe('checkFrame refuses', () => {
  test.each([
    ['to run a program', call('gateway.start', { command: ['sh', '-c', 'anything'] })],
    ['to run one in disguise', call('gateway.start', { gateway: 'builtin', command: [] })],
    ['to end the host', call('host.shutdown')],
    ['to change what the gateway runs', call('gateway.rpc', { method: 'config.set', params: { raw: '{}' } })],
    ['to install a program', call('gateway.rpc', { method: 'skills.installBundle', params: { bundleId: 'x' } })],
    ['for the configuration of the gateway', call('gateway.rpc', { method: 'system.config' })],
    ['for a gateway method without a name', call('gateway.rpc', {})],
    ['for a start in another folder', call('gateway.start', { cwd: '/tmp' })],
    ['for another way in', call('host.openDashboard', { port: 0 })],
  ])('the request %s is refused', (_what, text) => {
    expect(refusal(text)).toEqual({ id: 7, code: RpcErrorCode.PermissionDenied });
  });

  test.each(['no.such.method', 'constructor', '__proto__', 'toString'])(
    'the unknown method %s is refused',
    (method) => {
      expect(refusal(call(method))).toEqual({ id: 7, code: RpcErrorCode.MethodNotFound });
    },
  );

  test('a batch that hides a forbidden request is refused', () => {
    const batch = `[${call('host.info')},${call('host.shutdown')}]`;
    expect(refusal(batch)).toEqual({ id: null, code: RpcErrorCode.InvalidRequest });
  });
});

describe('checkFrame with an invalid frame', () => {
  test.each([[undefined], [null], [42], [{ jsonrpc: '2.0' }], [new Uint8Array(4)], [''], ['not JSON'], ['{"half":']])(
    '%j is answered as unreadable',
    (data) => {
      expect(refusal(data)).toEqual({ id: null, code: RpcErrorCode.ParseError });
    },
  );

  test.each([
    '[]',
    '42',
    '"text"',
    'null',
    '{}',
    '{"jsonrpc":"2.0","id":1,"result":1}',
    '{"jsonrpc":"1.0","id":1,"method":"host.info"}',
  ])('%s is answered as invalid', (text) => {
    expect(refusal(text)).toEqual({ id: null, code: RpcErrorCode.InvalidRequest });
  });

  test('a frame over the size limit is answered with an error', () => {
    const padding = 'x'.repeat(MAX_FRAME_LENGTH);
    expect(refusal(call('gateway.rpc', { method: 'chat.send', params: padding })).code).toBe(
      RpcErrorCode.InvalidRequest,
    );
  });
});

test('no posted value ever lets a forbidden method pass', () => {
  const methods = fc.constantFrom(
    'gateway.start',
    'gateway.rpc',
    'host.shutdown',
    'gateway.status',
    'host.openDashboard',
    '$/x',
    'x',
  );
  const frames = fc.record(
    {
      jsonrpc: fc.constantFrom('2.0', '1.0', 2),
      id: fc.oneof(fc.integer(), fc.string(), fc.constant(null)),
      method: fc.oneof(methods, fc.jsonValue()),
      params: fc.oneof(
        fc.record(
          { command: fc.jsonValue(), method: fc.constantFrom('chat.send', 'config.set', 'exec.run') },
          { requiredKeys: [] },
        ),
        fc.jsonValue(),
      ),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.anything(),
        fc.string(),
        frames.map((frame) => JSON.stringify(frame)),
      ),
      (data) => {
        const decision = checkFrame(data);
        if (decision.kind !== 'pass') return;
        expect(decision.text).toBe(data);
        const frame = parseJson(decision.text);
        if (!isObject(frame)) throw new Error('something else than a call passed');
        const { method, params } = frame;
        expect(['host.shutdown', 'host.openDashboard']).not.toContain(method);
        if (method === 'gateway.start' && isObject(params)) expect(params['command']).toBeUndefined();
        if (method === 'gateway.rpc') expect(params).toMatchObject({ method: 'chat.send' });
      },
    ),
    { numRuns: 2_000 },
  );
});

test('pageChannel answers refused requests, drops notifications and passes the others both ways', () => {
  const sent: string[] = [];
  let receive: (text: string) => void = () => undefined;
  let end: (info: ChannelCloseInfo) => void = () => undefined;
  const socket: FrameChannel = {
    send: (text) => sent.push(text),
    onFrame: (listener) => {
      receive = listener;
    },
    onClose: (listener) => {
      end = listener;
    },
    close: (code = 1000, reason = '') => end({ code, reason }),
    bufferedAmount: 7,
  };
  const channel = pageChannel(socket);
  const passed: string[] = [];
  const ended: ChannelCloseInfo[] = [];
  channel.onFrame((text) => passed.push(text));
  channel.onClose((info) => ended.push(info));
  receive(call('gateway.start', { command: ['id'] }));
  receive('{"jsonrpc":"2.0","method":"gateway.stop"}');
  receive(call('gateway.status'));
  channel.send('answer');
  channel.close(1001, 'bye');
  expect(passed).toEqual([call('gateway.status')]);
  expect(sent).toEqual([expect.stringContaining('A page cannot choose the program'), 'answer']);
  expect([ended, channel.bufferedAmount]).toEqual([[{ code: 1001, reason: 'bye' }], 7]);
});
