import { describe, expect, test } from 'vitest';
import { checkPortOwner, isForeignOwner, type OwnerEvidence } from '../../src/process/port-owner-check.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { SimulatedProcesses } from '../../src/testing/simulated-processes.ts';

const [ROOT, US, GATEWAY, OTHER] = [0, 1000, 1001, 1002];
const nobody: OwnerEvidence = {
  isOurs: undefined,
  isOlder: undefined,
  isDelegated: false,
  user: undefined,
  ourUsers: [US],
  usersOfTree: [US, GATEWAY],
};

describe('who answers on the port of a child of ours is', () => {
  test.each<[string, Partial<OwnerEvidence>, boolean]>([
    ['no stranger: a process of the tree', { isOurs: true }, false],
    ['no stranger: a process of the tree that runs as another user', { isOurs: true, user: OTHER }, false],
    ['no stranger: a process of the tree that is older, for it was adopted', { isOurs: true, isOlder: true }, false],
    ['a stranger: one that was there before', { isOurs: false, isOlder: true, user: US }, true],
    ['a stranger: one that was there before, whoever it belongs to', { isOurs: false, isOlder: true }, true],
    ['a stranger: one of root’s that was there before', { isOurs: false, isOlder: true, user: ROOT }, true],
    ['let pass: a later one of our user', { isOurs: false, isOlder: false, user: US }, false],
    ['let pass: one of our user whose age is not known', { isOurs: false, user: US }, false],
    [
      'let pass: one that was there before, where others do the work',
      { isOurs: false, isOlder: true, isDelegated: true, user: US },
      false,
    ],
    [
      'a stranger: another user’s that was there before, whoever does the work',
      { isOurs: false, isOlder: true, isDelegated: true, user: OTHER },
      true,
    ],
    ['a stranger: a later one of another user', { isOurs: false, isOlder: false, user: OTHER }, true],
    ['let pass: a later one of a user of the tree', { isOurs: false, isOlder: false, user: GATEWAY }, false],
    ['let pass: a later one of root', { isOurs: false, isOlder: false, user: ROOT }, false],
    ['a stranger: another user’s, of whom no more is known', { user: OTHER }, true],
    ['let pass: our user’s, of whom no more is known', { user: US }, false],
    ['let pass: root’s, of whom no more is known', { user: ROOT }, false],
    ['let pass: a user’s of the tree, of whom no more is known', { user: GATEWAY }, false],
    ['let pass: nobody that the system tells of', {}, false],
  ])('the process on the port is %s', (_what, known, expected) => {
    expect(isForeignOwner({ ...nobody, ...known })).toBe(expected);
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
  const look = (localPort?: number, processes = host.processes) =>
    checkPortOwner(
      { host: '127.0.0.1', port: PORT, child, tree: { leader: child, marker: MARKER }, supervisor: host.identity.pid },
      localPort,
      { processes, tcpPorts: host.tcpPorts, clock },
    );
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
    expect(await look(1, { ...host.processes, tree: () => [program] })).toBeUndefined();
  });

  test('lets pass who came after, and where nobody is seen', async () => {
    const { machine, look } = await machineWith();
    expect(await look()).toBeUndefined();
    const later = machine.addForeign();
    machine.listen(later.pid, PORT);
    expect(await look()).toBeUndefined();
  });
});
