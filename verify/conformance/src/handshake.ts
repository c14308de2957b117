import { at, type Closing, type Frame, Wire } from './wire.ts';
import { TOKEN } from './workplace.ts';

export const scopes: readonly string[] = [
  'operator.read',
  'operator.write',
  'operator.admin',
  'operator.approvals',
  'operator.pairing',
];

/** Connect parameters that all three generations accept from a local program, with every scope granted. */
export function recipe(rest: object = {}): Frame {
  return {
    minProtocol: 3,
    maxProtocol: 4,
    client: { id: 'gateway-client', version: '0.1.0', platform: process.platform, mode: 'backend' },
    role: 'operator',
    scopes,
    caps: [],
    auth: { token: TOKEN },
    ...rest,
  };
}

export type Greeting =
  | { readonly kind: 'hello'; readonly wire: Wire; readonly hello: Frame; readonly challengeMs: number }
  | { readonly kind: 'refused'; readonly error: Frame; readonly closing: Closing }
  | { readonly kind: 'closed'; readonly closing: Closing };

function asFrame(value: unknown): Frame {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** Opens a socket, waits for the challenge, says `connect` and tells how that ended. */
export async function greet(
  port: number,
  params: Frame = recipe(),
  options: { path?: string; origin?: string } = {},
): Promise<Greeting> {
  const wire = await Wire.open(port, options);
  const openedAt = performance.now();
  await wire.next((frame) => frame['event'] === 'connect.challenge', 'challenge');
  const challengeMs = performance.now() - openedAt;
  wire.send({ type: 'req', id: 'connect', method: 'connect', params });
  const answer = await wire.answer('connect').catch(() => undefined);
  if (answer?.['ok'] === true) return { kind: 'hello', wire, hello: asFrame(answer['payload']), challengeMs };
  const closing = await wire.closed;
  return answer === undefined
    ? { kind: 'closed', closing }
    : { kind: 'refused', error: asFrame(answer['error']), closing };
}

/** A logged-in socket, or an error that tells why not. */
export async function login(port: number, params: Frame = recipe()): Promise<{ wire: Wire; hello: Frame }> {
  const greeting = await greet(port, params);
  if (greeting.kind !== 'hello') throw new Error(`not let in: ${JSON.stringify(greeting)}`);
  return greeting;
}

let calls = 0;

/** Sends one request. Resolves with the whole response frame. */
export async function call(wire: Wire, method: string, params?: unknown, timeoutMs?: number): Promise<Frame> {
  calls += 1;
  const id = `call-${String(calls)}`;
  wire.send({ type: 'req', id, method, ...(params === undefined ? {} : { params }) });
  return wire.answer(id, timeoutMs);
}

export function detailCode(error: Frame): unknown {
  return at(error, 'details', 'code');
}
