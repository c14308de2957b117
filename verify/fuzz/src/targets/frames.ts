import type { SeededRandom } from '@deskclaw/core/testing';
import type { DialectName } from '@deskclaw/protocol';
import { anyJson, anyText, list, object, oneOf } from '../grammar.ts';

const methods = ['"add"', '"system.version"', '"chat"', '"shutdown"', '"$/progress"', '"$/cancelRequest"', '"connect"'];

/** Frames as real gateways sent them (OpenClaw 2026.2 to 2026.9), and a few that only the specification knows. */
export const sampleFrames: Readonly<Record<DialectName, readonly string[]>> = {
  jsonrpc: [
    '{"jsonrpc":"2.0","id":1,"result":{"ok":true}}',
    '{"jsonrpc":"2.0","id":2,"error":{"code":-32601,"message":"Method not found","data":{"a":[1]}}}',
    '{"jsonrpc":"2.0","id":"q","method":"add","params":[1,2]}',
    '{"jsonrpc":"2.0","method":"chat.message_received","params":{"runId":"r","text":"ü€𐍈"}}',
    '{"jsonrpc":"2.0","method":"$/progress","params":{"token":3,"value":{"percent":5}}}',
    '{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":"q"}}',
    '[{"jsonrpc":"2.0","id":1,"result":1},{"jsonrpc":"2.0","method":"add","id":9},[],7,null]',
    '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error"}}',
    '{"jsonrpc":"2.0","method":"gateway.status_changed","params":{"state":"restarting","restartExpectedMs":1500}}',
  ],
  openclaw: [
    '{"type":"res","id":"1","ok":true,"payload":{"runId":"r","status":"accepted"}}',
    '{"type":"res","id":"2","ok":true,"payload":{"runId":"r","status":"in_flight"}}',
    '{"type":"res","id":"3","ok":false,"error":{"code":"UNAVAILABLE","message":"busy","retryable":true,"retryAfterMs":500}}',
    '{"type":"event","event":"chat","payload":{"runId":"r","seq":3,"state":"delta","deltaText":"a"},"seq":7,"stateVersion":{"health":2}}',
    '{"type":"event","event":"tick","payload":{"ts":1795450197393},"seq":8}',
    '{"type":"req","id":"q","method":"add","params":[1,2]}',
    '{"type":"event","event":"shutdown","payload":{"reason":"restart","restartExpectedMs":1500}}',
  ],
};

function jsonRpcFrame(random: SeededRandom): string {
  const jsonrpc = oneOf(random, '"2.0"');
  const id = oneOf(random, '1', '2', '3', '4', '"q"', 'null', String(random.integer(0, 9)));
  switch (random.integer(0, 5)) {
    case 0:
      return object(random, { jsonrpc, id, result: anyJson(random) });
    case 1: {
      const error = object(random, {
        code: oneOf(random, '-32601', '-32000', '7'),
        message: JSON.stringify(anyText(random)),
        data: anyJson(random),
      });
      return object(random, { jsonrpc, id, error });
    }
    case 2:
      return object(random, { jsonrpc, id, method: oneOf(random, ...methods), params: anyJson(random) });
    case 3:
      return object(random, { jsonrpc, method: oneOf(random, ...methods), params: anyJson(random) });
    case 4:
      return `[${list(random, 5, () => jsonRpcFrame(random)).join(',')}]`;
    default:
      return anyJson(random);
  }
}

function openClawFrame(random: SeededRandom): string {
  const id = oneOf(random, '"1"', '"2"', '"3"', '"4"', '"connect"', '"01"', `"${String(random.integer(0, 9))}"`);
  switch (random.integer(0, 4)) {
    case 0: {
      const accepted = object(random, { runId: '"r"', status: oneOf(random, '"accepted"', '"in_flight"', '"ok"') });
      const payload = random.chance(0.5) ? accepted : anyJson(random);
      return object(random, { type: '"res"', id, ok: oneOf(random, 'true'), payload });
    }
    case 1: {
      const error = object(random, {
        code: oneOf(random, '"UNAVAILABLE"', '"INVALID_REQUEST"', '"NOT_PAIRED"'),
        message: JSON.stringify(anyText(random)),
        details: anyJson(random),
        retryable: oneOf(random, 'true', 'false'),
        retryAfterMs: oneOf(random, '0', '500', '1e300'),
      });
      return object(random, { type: '"res"', id, ok: oneOf(random, 'false'), error });
    }
    case 2:
      return object(random, {
        type: '"event"',
        event: oneOf(random, ...methods),
        payload: anyJson(random),
        seq: oneOf(random, '1', '2', '7', String(random.integer(0, 99))),
      });
    case 3:
      return object(random, { type: '"req"', id, method: oneOf(random, ...methods), params: anyJson(random) });
    default:
      return anyJson(random);
  }
}

/** Returns a frame of a dialect, more or less as its specification says. */
export function anyFrame(dialect: DialectName, random: SeededRandom): string {
  return dialect === 'jsonrpc' ? jsonRpcFrame(random) : openClawFrame(random);
}
