import type { FrameChannel } from '@deskclaw/core';
import {
  type ControlMethodName,
  createFailure,
  isObject,
  isRpcNotification,
  isRpcRequest,
  parseJson,
  RpcErrorCode,
  type RpcId,
  type StartRequest,
} from '@deskclaw/protocol';

/** Verdict on a frame of a page (dashboard in a browser, desktop window): pass it to the host, or answer it here. */
export type FrameDecision =
  | { readonly kind: 'pass'; readonly text: string }
  | { readonly kind: 'answer'; readonly text: string }
  /** A notification that may not pass: JSON-RPC knows no answer to it. */
  | { readonly kind: 'drop' };

/** The largest thing a person sends is a chat message; 8 Mi characters is more than anybody types. */
export const MAX_FRAME_LENGTH = 8 * 1024 * 1024;

type Rule = 'pass' | ((params: unknown) => string | undefined);

/** Of a start, a page may choose what leaves the program to the configuration. */
const startKeys: ReadonlySet<string> = new Set(['gateway', 'port', 'timeoutMs'] satisfies (keyof StartRequest)[]);

function refuseProgram(params: unknown): string | undefined {
  return isObject(params) && Object.keys(params).some((key) => !startKeys.has(key))
    ? 'A page cannot choose the program to run. Set it in the configuration, or start it from a terminal.'
    : undefined;
}

/**
 * What a page may send to the gateway: the conversation, the channels, and what only reads. Changing the configuration of
 * a gateway, its tools or its schedules starts programs with the rights of the user.
 */
const gatewayMethods: ReadonlySet<string> = new Set([
  'agents.list',
  'channels.connect',
  'channels.disconnect',
  'channels.get',
  'channels.getQRCode',
  'channels.list',
  'channels.logout',
  'channels.status',
  'chat.abort',
  'chat.clear',
  'chat.history',
  'chat.send',
  'cron.list',
  'cron.status',
  'health',
  'last-heartbeat',
  'models.list',
  'sessions.list',
  'sessions.preview',
  'skills.list',
  'skills.status',
  'status',
  'system-presence',
  'system.health',
  'system.methods',
  'system.version',
  'usage.cost',
  'usage.status',
  'web.login.start',
  'web.login.wait',
]);

function refuseGatewayMethod(params: unknown): string | undefined {
  const method = isObject(params) ? params['method'] : undefined;
  if (typeof method === 'string' && gatewayMethods.has(method)) return undefined;
  const name = typeof method === 'string' ? `"${method.slice(0, 128)}"` : 'this method';
  return `A page cannot send ${name} to the gateway. Use "deskclaw call" in a terminal.`;
}

const refuseProfiles = (): string => 'A page cannot change profiles. Run "deskclaw profile" in a terminal.';

/**
 * Pages show text of gateways and models, so they are the likeliest part to be taken over. Whatever reaches beyond the
 * gateway, above all starting a program, is refused here. The table is complete on purpose: a new method needs a rule.
 */
const rules: Readonly<Record<ControlMethodName, Rule>> = {
  'host.info': 'pass',
  'host.shutdown': () => 'A page cannot stop the background service. Quit the app, or run "deskclaw stop".',
  'host.openDashboard': () => 'A page cannot open the dashboard. Run "deskclaw ui".',
  'host.revokeDashboard': () => 'A page cannot end sessions. Run "deskclaw ui --revoke".',
  'host.rotateToken': () => 'A page cannot change the token. Run "deskclaw token rotate".',
  'gateway.status': 'pass',
  'gateway.start': refuseProgram,
  'gateway.stop': 'pass',
  'gateway.restart': 'pass',
  'gateway.recover': 'pass',
  'gateway.reconnect': 'pass',
  'gateway.health': 'pass',
  'gateway.rpc': refuseGatewayMethod,
  'gateway.methods': 'pass',
  'logs.query': 'pass',
  'timeline.query': 'pass',
  'metrics.snapshot': 'pass',
  'host.serveMetrics': () => 'A page cannot open a port. Run "deskclaw start --metrics-port N".',
  'host.saveSteps': () => 'A page cannot write files. Run "deskclaw history --export FILE".',
  'config.get': 'pass',
  'doctor.run': 'pass',
  'profiles.list': 'pass',
  'profiles.add': refuseProfiles,
  'profiles.use': refuseProfiles,
  'profiles.remove': refuseProfiles,
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

/** Decides about one message of a page; `data` can be any value. */
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

/** Puts the rules between a page's channel and the host: what is refused is answered here and reaches no handler. */
export function pageChannel(channel: FrameChannel): FrameChannel {
  return {
    send: (text) => channel.send(text),
    onFrame: (listener) =>
      channel.onFrame((text) => {
        const decision = checkFrame(text);
        switch (decision.kind) {
          case 'pass':
            listener(decision.text);
            break;
          case 'answer':
            channel.send(decision.text);
            break;
          case 'drop':
            break;
          default:
            decision satisfies never;
        }
      }),
    onClose: (listener) => channel.onClose(listener),
    close: (code, reason) => channel.close(code, reason),
    get bufferedAmount() {
      return channel.bufferedAmount;
    },
  };
}
