import type { ChannelCloseInfo, FrameChannel } from '@deskclaw/core/client';
import {
  createRequest,
  isObject,
  isRpcFailure,
  isRpcResponse,
  type LoginRequest,
  parseJson,
  SESSION_REFUSED,
} from '@deskclaw/protocol';
import { deferredChannel } from './deferred-channel.ts';
import { loginProofs, type PageCredentials, type PageSession, randomNonce } from './page-session.ts';

/** Close code of a page that does not trust the other side. */
const UNTRUSTED_HOST = 4_400;
const noSession = {
  code: SESSION_REFUSED,
  reason: 'the link was used already or is too old, or the session ended',
} as const;
const impostor = {
  code: UNTRUSTED_HOST,
  reason: 'the program at this address is not the DeskClaw that this page belongs to',
} as const;

type Reply =
  | { readonly kind: 'result'; readonly result: Readonly<Record<string, unknown>> }
  | { readonly kind: 'refused' }
  | { readonly kind: 'closed' };

/** Sends one login request at a time over a channel that belongs to nobody else yet. */
class LoginCaller {
  readonly #channel: FrameChannel;
  #answer: (frame: unknown) => void = () => undefined;
  #isClosed = false;
  #lastId = 0;

  constructor(channel: FrameChannel) {
    this.#channel = channel;
    channel.onFrame((text) => this.#answer(parseJson(text)));
    channel.onClose(() => {
      this.#isClosed = true;
      this.#answer(undefined);
    });
  }

  async call<M extends LoginRequest['method']>(
    method: M,
    params?: Extract<LoginRequest, { method: M }>['params'],
  ): Promise<Reply> {
    if (this.#isClosed) return { kind: 'closed' };
    this.#lastId += 1;
    const answered = new Promise<unknown>((resolve) => {
      this.#answer = resolve;
    });
    this.#channel.send(JSON.stringify(createRequest(this.#lastId, method, params)));
    const frame = await answered;
    if (this.#isClosed) return { kind: 'closed' };
    if (!isRpcResponse(frame) || isRpcFailure(frame) || !isObject(frame.result)) return { kind: 'refused' };
    return { kind: 'result', result: frame.result };
  }
}

type LoginOutcome = 'logged-in' | 'refused' | 'impostor' | 'closed';

async function redeem(caller: LoginCaller, credentials: PageCredentials, token: string): Promise<LoginOutcome> {
  const reply = await caller.call('session.open', { token });
  if (reply.kind === 'closed') return 'closed';
  const { id, secret } = reply.kind === 'result' ? reply.result : {};
  if (typeof id !== 'string' || typeof secret !== 'string') {
    credentials.refused();
    return 'refused';
  }
  credentials.redeemed({ id, secret });
  return 'logged-in';
}

/** Continues a session. `impostor`: the other side does not know it, and must not see what is typed here. */
async function resume(caller: LoginCaller, session: PageSession, origin: string): Promise<LoginOutcome> {
  const challenge = await caller.call('session.challenge');
  if (challenge.kind !== 'result') return challenge.kind;
  const { nonce: hostNonce } = challenge.result;
  if (typeof hostNonce !== 'string') return 'impostor';
  const pageNonce = randomNonce();
  const proofs = await loginProofs(session, { hostNonce, pageNonce, origin });
  const reply = await caller.call('session.resume', { id: session.id, nonce: pageNonce, proof: proofs.page });
  if (reply.kind !== 'result') return reply.kind;
  return reply.result['proof'] === proofs.host ? 'logged-in' : 'impostor';
}

async function login(channel: FrameChannel, credentials: PageCredentials, origin: string): Promise<LoginOutcome> {
  const caller = new LoginCaller(channel);
  const { token } = credentials;
  const redeemed = token === undefined ? 'refused' : await redeem(caller, credentials, token);
  const { session } = credentials;
  return redeemed === 'refused' && session !== undefined ? resume(caller, session, origin) : redeemed;
}

function endedChannel(end: ChannelCloseInfo): FrameChannel {
  const ignore = () => undefined;
  return { send: ignore, onFrame: ignore, onClose: (listener) => listener(end), close: ignore, bufferedAmount: 0 };
}

async function openLoggedIn(
  open: () => FrameChannel,
  credentials: PageCredentials,
  origin: string,
): Promise<FrameChannel> {
  if (credentials.token === undefined && credentials.session === undefined) return endedChannel(noSession);
  const channel = open();
  const outcome = await login(channel, credentials, origin).catch((): LoginOutcome => 'impostor');
  switch (outcome) {
    case 'logged-in':
    case 'closed':
      return channel;
    case 'refused':
      channel.close();
      return endedChannel(noSession);
    case 'impostor':
      channel.close();
      return endedChannel(impostor);
    default:
      return outcome satisfies never;
  }
}

/** A channel that logs in before its first frame; where the host knows no session it ends with `SESSION_REFUSED`. */
export function loginChannel(open: () => FrameChannel, credentials: PageCredentials, origin: string): FrameChannel {
  return deferredChannel(openLoggedIn(open, credentials, origin));
}
