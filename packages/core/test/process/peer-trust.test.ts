import { describe, expect, test } from 'vitest';
import type { Peer, PeerUser } from '../../src/ports/peer-identity.ts';
import { checkAttachedPeer, isWithinMachine, type PeerTrust, trustNobody } from '../../src/process/peer-trust.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';

const ends = { localAddress: '127.0.0.1', localPort: 50_000, remoteAddress: '127.0.0.1', remotePort: 18_789 };

describe('whether the other end is on this machine', () => {
  test.each<[string, string, boolean]>([
    ['127.0.0.1', '127.0.0.1', true],
    ['127.0.0.1', '127.8.9.1', true],
    ['::1', '::1', true],
    ['::ffff:127.0.0.1', '::ffff:127.0.0.1', true],
    ['192.168.1.5', '192.168.1.5', true],
    ['192.168.1.5', '192.168.1.6', false],
    ['fd00::1', 'fd00::2', false],
  ])('from %s to %s: %s', (localAddress, remoteAddress, expected) => {
    expect(isWithinMachine({ ...ends, localAddress, remoteAddress })).toBe(expected);
  });
});

const own: PeerUser = { id: '1000', role: 'own' };
const root: PeerUser = { id: '0', role: 'system' };
const guest: PeerUser = { id: '1002', name: 'guest', role: 'other' };

async function check(answers: readonly (PeerUser | undefined)[], trust: Partial<PeerTrust> = {}, remote = '127.0.0.1') {
  const clock = new SimulatedClock();
  let lookups = 0;
  const behindSocket = async (): Promise<Peer> => {
    const user = answers[Math.min(lookups, answers.length - 1)];
    lookups += 1;
    return { ...(user === undefined ? {} : { user }), findProcess: async () => ({ pid: 7, name: 'node gw.mjs' }) };
  };
  const checked = checkAttachedPeer(
    { ...ends, remoteAddress: remote, isOpen: () => true },
    { ...trustNobody, ...trust },
    { peerIdentity: { behindSocket, behindProcess: () => [] }, clock },
  );
  await clock.advance(1_000);
  return { problem: await checked, lookups };
}

describe('an attached gateway', () => {
  test.each<[string, PeerUser | undefined, Partial<PeerTrust>]>([
    ['of our own user', own, {}],
    ['of root', root, {}],
    ['of a user named in trustUsers', guest, { users: ['guest'] }],
    ['of a user whose number is in trustUsers', guest, { users: ['1002'] }],
    ['of an unknown user, where those are trusted', undefined, { unknown: true }],
  ])('%s is trusted', async (_whose, user, trust) => {
    expect((await check([user], trust)).problem).toBeUndefined();
  });

  test.each<[string, PeerUser | undefined, Partial<PeerTrust>, string]>([
    ['of another user', guest, {}, 'node gw.mjs (pid 7) of user guest (1002)'],
    ['of another user, where unknown ones are trusted', guest, { unknown: true }, 'guest (1002)'],
    ['of an unknown user', undefined, { users: ['guest'] }, 'of an unknown user'],
  ])('%s is refused and named', async (_whose, user, trust, named) => {
    const { problem } = await check([user], trust);
    expect(problem).toMatchObject({ code: 'auth.untrusted-peer', detail: expect.stringContaining(named) });
  });

  test('on another machine is not looked up', async () => {
    expect(await check([guest], {}, '203.0.113.7')).toEqual({ problem: undefined, lookups: 0 });
  });

  test('is looked up again while its user is not told, and once otherwise', async () => {
    expect(await check([undefined, own])).toEqual({ problem: undefined, lookups: 2 });
    expect((await check([undefined])).lookups).toBe(3);
    expect((await check([own])).lookups).toBe(1);
  });
});
