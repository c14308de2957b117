import {
  type ControlMethodName,
  createFailure,
  isObject,
  isRpcNotification,
  isRpcRequest,
  parseJson,
  RpcErrorCode,
  type RpcId,
} from '@deskclaw/protocol';

/** Verdict on a frame of the page: pass it to the host, or answer it here. */
export type FrameDecision =
  | { readonly kind: 'pass'; readonly text: string }
  | { readonly kind: 'answer'; readonly text: string }
  /** A notification that may not pass: JSON-RPC knows no answer to it. */
  | { readonly kind: 'drop' };

/** The largest thing a person sends is a chat message; 8 Mi characters is more than anybody types. */
export const MAX_FRAME_LENGTH = 8 * 1024 * 1024;

type Rule = 'pass' | ((params: unknown) => string | undefined);

function refuseCommand(params: unknown): string | undefined {
  return isObject(params) && params['command'] !== undefined
    ? 'A window cannot choose the program to run. Set it in the configuration, or start it from a terminal.'
    : undefined;
}

/**
 * Pages show text of gateways and models, so they are the likeliest part to be taken over. Whatever reaches beyond the
 * gateway, above all starting a program, is refused here. The table is complete on purpose: a new method needs a rule.
 */
const rules: Readonly<Record<ControlMethodName, Rule>> = {
  'host.info': 'pass',
  'host.shutdown': () => 'A window cannot stop the background service. Quit the app instead.',
  'host.openDashboard': () => 'A window cannot open the dashboard.',
  'gateway.status': 'pass',
  'gateway.start': refuseCommand,
  'gateway.stop': 'pass',
  'gateway.restart': 'pass',
  'gateway.reconnect': 'pass',
  'gateway.health': 'pass',
  'gateway.rpc': 'pass',
  'gateway.methods': 'pass',
  'logs.query': 'pass',
  'timeline.query': 'pass',
  'config.get': 'pass',
  'events.subscribe': 'pass',
  'events.unsubscribe': 'pass',
};

function isKnown(method: string): method is ControlMethodName {
  return Object.hasOwn(rules, method);
}

function failure(id: RpcId, code: number, message: string): FrameDecision {
  return { kind: 'answer', text: JSON.stringify(createFailure(id, { code, message })) };
}

function validate(method: string, params: unknown): { readonly code: number; readonly message: string } | undefined {
  if (!isKnown(method))
    return { code: RpcErrorCode.MethodNotFound, message: `Method not found: ${method.slice(0, 128)}` };
  const rule = rules[method];
  const message = rule === 'pass' ? undefined : rule(params);
  return message === undefined ? undefined : { code: RpcErrorCode.PermissionDenied, message };
}

/** Control methods of JSON-RPC itself (`$/cancelRequest`) refer to requests that were allowed before. */
function isControlMethod(method: string): boolean {
  return method.startsWith('$/');
}

/** Decides about one message of the page's port; `data` can be any value. */
export function checkFrame(data: unknown): FrameDecision {
  if (typeof data !== 'string') return failure(null, RpcErrorCode.ParseError, 'A frame must be text');
  if (data.length > MAX_FRAME_LENGTH) {
    return failure(
      null,
      RpcErrorCode.InvalidRequest,
      `A frame can have at most ${String(MAX_FRAME_LENGTH)} characters`,
    );
  }
  const frame = parseJson(data);
  if (frame === undefined) return failure(null, RpcErrorCode.ParseError, 'Parse error');
  if (isRpcNotification(frame)) {
    return isControlMethod(frame.method) ? { kind: 'pass', text: data } : { kind: 'drop' };
  }
  // Batches are refused: no client of ours sends one, and every part would need its own check.
  if (!isRpcRequest(frame)) return failure(null, RpcErrorCode.InvalidRequest, 'Invalid Request');
  const found = validate(frame.method, frame.params);
  return found === undefined ? { kind: 'pass', text: data } : failure(frame.id, found.code, found.message);
}
