import { describe, expect, test } from 'vitest';
import { type PeerTrust, trustNobody } from '../../src/process/peer-trust.ts';
import {
  checkPortOwner,
  judgeOwner,
  type OwnerEvidence,
  type OwnerVerdict,
} from '../../src/process/port-owner-check.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { SimulatedProcesses } from '../../src/testing/simulated-processes.ts';

const US = { id: '1000', role: 'own' } as const;
const ROOT = { id: '0', role: 'system' } as const;
const OTHER = { id: '1002', name: 'guest', role: 'other' } as const;
const GATEWAY = { id: '1001', role: 'other' } as const;
const nobody: OwnerEvidence = {
  isOurs: undefined,
  isOlder: undefined,
  isDelegated: false,
  user: undefined,
  usersOfTree: ['1000', '1001'],
};
const [trusted, program, stranger] = ['trusted', 'other-program', 'untrusted-user'] as const;

describe('who answers on the port of a child of ours is judged', () => {
  test.each<[string, Partial<OwnerEvidence>, OwnerVerdict, Partial<PeerTrust>?]>([
    ['a process of the tree', { isOurs: true }, trusted],
    ['a process of the tree that runs as another user', { isOurs: true, user: OTHER }, trusted],
    ['a process of the tree that is older, for it was adopted', { isOurs: true, isOlder: true }, trusted],
    ['one of our user that was there before', { isOurs: false, isOlder: true, user: US }, program],
    ['one of root that was there before', { isOurs: false, isOlder: true, user: ROOT }, program],
    ['one of nobody knows whom that was there before', { isOurs: false, isOlder: true }, stranger],
    ['a later one of our user', { isOurs: false, isOlder: false, user: US }, trusted],
    ['one of our user whose age is not known', { isOurs: false, user: US }, trusted],
    [
      'one of ours that was there before, where others do the work',
      { isOurs: false, isOlder: true, isDelegated: true, user: US },
      trusted,
    ],
    [
      'another user’s that was there before, where others do the work',
      { isOurs: false, isOlder: true, isDelegated: true, user: OTHER },
      stranger,
    ],
    ['another user’s that was there before', { isOurs: false, isOlder: true, user: OTHER }, stranger],
    ['a later one of another user', { isOurs: false, isOlder: false, user: OTHER }, stranger],
    ['a later one of a user of the tree', { isOurs: false, isOlder: false, user: GATEWAY }, trusted],
    ['a later one of root', { isOurs: false, isOlder: false, user: ROOT }, trusted],
    ['another user’s, of whom no more is known', { user: OTHER }, stranger],
    ['our user’s, of whom no more is known', { user: US }, trusted],
    ['root’s, of whom no more is known', { user: ROOT }, trusted],
    ['a user’s of the tree, of whom no more is known', { user: GATEWAY }, trusted],
    ['nobody that the system tells of', {}, stranger],
    ['nobody that the system tells of, where unknown users are trusted', {}, trusted, { unknown: true }],
    ['another user’s, where unknown users are trusted', { user: OTHER }, stranger, { unknown: true }],
    ['another user’s, whose number is trusted', { user: OTHER }, trusted, { users: ['1002'] }],
    ['another user’s, whose name is trusted', { user: OTHER }, trusted, { users: ['guest'] }],
    ['another user’s, where a third is trusted', { user: OTHER }, stranger, { users: ['1003', ''] }],
    [
      'one of a trusted user that was there before',
      { isOurs: false, isOlder: true, user: OTHER },
      program,
      { users: ['guest'] },
    ],
  ])('%s: %#', (_what, known, expected, trust = {}) => {
    expect(judgeOwner({ ...nobody, ...known }, { ...trustNobody, ...trust })).toBe(expected);
  });
});

const PORT = 18_789;
const MARKER = 'DESKCLAW_LAUNCH=n1';

async function machineWith(helper?: { readonly ownGroup: boolean; readonly carriesMarker: boolean }) {
  const clock = new SimulatedClock();
  const machine = new SimulatedProcesses(clock, () => (helper === undefined ? {} : { children: [helper] }));
  const host = machine.newHost();
  const older = machine.addForeign();
  const nothing = () => undefined;
  host.spawner.spawn(
    { file: '/gw', args: [], env: { DESKCLAW_LAUNCH: 'n1' }, lifeline: false },
    { spawned: nothing, failed: nothing, output: nothing, exited: nothing, drained: nothing },
  );
  await clock.advance(1);
  const [child] = machine.mains;
  if (child === undefined) throw new Error('nothing was spawned');
  const look = async ({ processes = host.processes, trust = trustNobody, remoteAddress = '127.0.0.1' } = {}) => {
    const checked = checkPortOwner(
      { host: '127.0.0.1', port: PORT, child, trust, tree: { leader: child, marker: MARKER } },
      { localAddress: '127.0.0.1', localPort: 1, remoteAddress, remotePort: PORT, isOpen: () => true },
      { processes, peerIdentity: host.peerIdentity, clock },
    );
    await clock.advance(1_000);
    return checked;
  };
  return { machine, host, child, older, look };
}

describe('a look at the port', () => {
  test('knows the child, and whom it started', async () => {
    const { machine, child, look } = await machineWith({ ownGroup: true, carriesMarker: false });
    machine.listen(child.pid, PORT);
    expect(await look()).toBeUndefined();
    machine.stopListening(PORT);
    const helper = machine.ours.find(({ pid }) => pid !== child.pid);
    machine.listen(helper?.pid ?? 0, PORT);
    expect(machine.listener(PORT)).toBe(helper?.pid);
    expect(await look()).toBeUndefined();
  });

  test('names who was there before', async () => {
    const { machine, older, look } = await machineWith();
    machine.listen(older.pid, PORT);
    expect(await look()).toMatchObject({
      code: 'port.in-use',
      detail: expect.stringContaining(`stranger (pid ${String(older.pid)})`),
    });
  });

  test.each(['docker', 'podman', 'ssh'])('lets pass who was there before, where %s was started', async (name) => {
    const { machine, host, child, older, look } = await machineWith();
    machine.listen(older.pid, PORT);
    const program = { ...child, parentPid: 1, groupId: child.pid, name };
    expect(await look({ processes: { ...host.processes, tree: () => [program] } })).toBeUndefined();
  });

  test('lets pass who came after, and every gateway on another machine', async () => {
    const { machine, look } = await machineWith();
    expect(await look({ remoteAddress: '203.0.113.7' })).toBeUndefined();
    const later = machine.addForeign();
    machine.listen(later.pid, PORT);
    expect(await look()).toBeUndefined();
  });

  test('refuses a later process of another user, and one that the system does not tell of', async () => {
    const { machine, look } = await machineWith();
    expect(await look()).toMatchObject({
      code: 'auth.untrusted-peer',
      detail: expect.stringContaining('unknown user'),
    });
    expect(await look({ trust: { users: [], unknown: true } })).toBeUndefined();
    const later = machine.addForeign({ user: '1002' });
    machine.listen(later.pid, PORT);
    expect(await look()).toMatchObject({
      code: 'auth.untrusted-peer',
      detail: expect.stringContaining(`stranger (pid ${String(later.pid)}) of user 1002`),
    });
    expect(await look({ trust: { users: ['1002'], unknown: false } })).toBeUndefined();
  });
});
