import { createHash, createHmac } from 'node:crypto';
import { type ChannelCloseInfo, type FrameChannel, memoryChannel } from '@deskclaw/core/client';
import {
  createFailure,
  createSuccess,
  type LoginContext,
  loginText,
  parseJson,
  parseLoginRequest,
  SESSION_REFUSED,
} from '@deskclaw/protocol';
import { describe, expect, it } from 'vitest';
import { loginChannel } from '../../src/channels/login-channel.ts';
import { loginProofs, PageCredentials, type PageSession } from '../../src/channels/page-session.ts';

const origin = 'http://127.0.0.1:1234';
const session: PageSession = { id: 'one', secret: Buffer.alloc(32, 7).toString('base64url') };
const key = createHash('sha256').update(Buffer.from(session.secret, 'base64url')).digest();

function signed(side: 'page' | 'host', context: LoginContext): Buffer {
  return createHmac('sha256', key).update(loginText(side, context)).digest();
}

function storageOf(stored?: PageSession) {
  const items = new Map(stored === undefined ? [] : [['deskclaw.session', JSON.stringify(stored)]]);
  return {
    items,
    getItem: (name: string) => items.get(name) ?? null,
    setItem: (name: string, value: string) => void items.set(name, value),
  };
}

type Login = NonNullable<ReturnType<typeof parseLoginRequest>>;

/** A host at the other end of each channel: its answers to logins, and what else it received. */
class Host {
  readonly received: string[] = [];
  readonly asked: string[] = [];
  opened = 0;
  readonly #answer: (login: Login) => unknown;

  constructor(answer: (login: Login) => unknown) {
    this.#answer = answer;
  }

  readonly open = (): FrameChannel => {
    this.opened += 1;
    const [page, host] = memoryChannel();
    host.onFrame((text) => {
      const login = parseLoginRequest(parseJson(text));
      if (login === undefined) {
        this.received.push(text);
        return;
      }
      this.asked.push(login.method);
      const result = this.#answer(login);
      const refusal = { code: -32_002, message: 'no' };
      host.send(
        JSON.stringify(result === undefined ? createFailure(login.id, refusal) : createSuccess(login.id, result)),
      );
    });
    return page;
  };
}

const hostNonce = 'host nonce';
/** A host that has the session. */
function knowing(login: Login): unknown {
  switch (login.method) {
    case 'session.open':
      return login.params.token === 'fresh' ? session : undefined;
    case 'session.challenge':
      return { nonce: hostNonce };
    case 'session.resume':
      return { proof: signed('host', { hostNonce, pageNonce: login.params.nonce, origin }).toString('base64url') };
    default:
      return login satisfies never;
  }
}

function open(host: Host, credentials: PageCredentials) {
  const channel = loginChannel(host.open, credentials, origin);
  const ended = new Promise<ChannelCloseInfo>((resolve) => channel.onClose(resolve));
  channel.send('first');
  return { channel, ended };
}

describe('loginChannel', () => {
  it('redeems the token of the link and keeps the session before its first frame', async () => {
    const [host, storage] = [new Host(knowing), storageOf()];
    const credentials = new PageCredentials(() => storage, 'fresh');
    open(host, credentials);
    await expect.poll(() => host.received).toEqual(['first']);
    expect(host.asked).toEqual(['session.open']);
    expect(JSON.parse(storage.items.get('deskclaw.session') ?? '')).toEqual(session);
    expect(credentials.token).toBeUndefined();
  });

  it('a used link continues the session of the browser', async () => {
    const [host, storage] = [new Host(knowing), storageOf(session)];
    open(host, new PageCredentials(() => storage, 'used'));
    await expect.poll(() => host.received).toEqual(['first']);
    expect(host.asked).toEqual(['session.open', 'session.challenge', 'session.resume']);
  });

  it('without a session, ends and sends nothing', async () => {
    const host = new Host(knowing);
    const credentials = new PageCredentials(() => storageOf(), 'used');
    expect(await open(host, credentials).ended).toMatchObject({ code: SESSION_REFUSED });
    expect(await open(host, credentials).ended).toMatchObject({ code: SESSION_REFUSED });
    expect([host.received, host.opened]).toEqual([[], 1]);
  });

  it('a session that the host ended is refused, and a newer one of another tab is used next', async () => {
    const storage = storageOf({ id: 'old', secret: session.secret });
    const host = new Host((login) =>
      login.method === 'session.resume' && login.params.id !== 'one' ? undefined : knowing(login),
    );
    const credentials = new PageCredentials(() => storage, undefined);
    expect(await open(host, credentials).ended).toMatchObject({ code: SESSION_REFUSED });
    storage.setItem('deskclaw.session', JSON.stringify(session));
    open(host, credentials);
    await expect.poll(() => host.received).toEqual(['first']);
  });

  it.each([
    ['a wrong proof', { proof: 'AAAA' }],
    ['no proof', {}],
  ])('a program that took the port over and answers with %s gets no frame and no secret', async (_what, answer) => {
    const storage = storageOf(session);
    const seen: unknown[] = [];
    const host = new Host((login) => {
      seen.push(login);
      return login.method === 'session.resume' ? answer : knowing(login);
    });
    const { ended } = open(host, new PageCredentials(() => storage, undefined));
    expect(await ended).toMatchObject({ reason: expect.stringContaining('not the DeskClaw') });
    expect(host.received).toEqual([]);
    expect(JSON.stringify(seen)).not.toContain(session.secret);
    // Another program may have the port for a while only.
    expect(storage.items.size).toBe(1);
  });

  it('a connection that ends during the login is told as it ended', async () => {
    const [page, host] = memoryChannel();
    const channel = loginChannel(() => page, new PageCredentials(() => storageOf(session), undefined), origin);
    const ended = new Promise<ChannelCloseInfo>((resolve) => channel.onClose(resolve));
    host.close(1006, 'gone');
    expect(await ended).toEqual({ code: 1006, reason: 'gone' });
  });

  it('a browser that stores nothing keeps the session for this page', async () => {
    const host = new Host(knowing);
    const credentials = new PageCredentials(() => {
      throw new Error('blocked');
    }, 'fresh');
    open(host, credentials);
    await expect.poll(() => host.received).toEqual(['first']);
    open(host, credentials);
    await expect.poll(() => host.received).toEqual(['first', 'first']);
  });
});

it('loginProofs makes the proofs of SCRAM: the secret, masked by a signature that only its hash can make', async () => {
  const context = { hostNonce, pageNonce: 'page nonce', origin };
  const proofs = await loginProofs(session, context);
  const mask = signed('page', context);
  const recovered = Buffer.from(proofs.page, 'base64url').map((byte, index) => byte ^ (mask[index] ?? 0));
  expect(createHash('sha256').update(recovered).digest()).toEqual(key);
  expect(proofs.host).toBe(signed('host', context).toString('base64url'));
});
