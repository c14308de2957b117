import { expect, test } from 'vitest';
import * as protocol from '../src/index.ts';

test('the door of the package opens to at least these values', () => {
  expect(Object.keys(protocol)).toEqual(
    expect.arrayContaining([
      'CONTROL_PROTOCOL',
      'OPENCLAW_PROTOCOL',
      'RpcErrorCode',
      'builtinMethodNames',
      'controlEventNames',
      'createFailure',
      'createNotification',
      'createRequest',
      'createSuccess',
      'describeExit',
      'describeProblem',
      'exitCodeFor',
      'exitCodes',
      'gatewayEventNames',
      'gatewayStates',
      'isConnectChallenge',
      'isHelloOk',
      'isIdempotentMethod',
      'isObject',
      'isOpenClawError',
      'isOpenClawEvent',
      'isOpenClawRequest',
      'isOpenClawResponse',
      'isProblemCode',
      'isRpcErrorObject',
      'isRpcFailure',
      'isRpcNotification',
      'isRpcRequest',
      'isRpcResponse',
      'logLevels',
      'parseJson',
      'problemCodes',
      'stateEdges',
    ]),
  );
});
