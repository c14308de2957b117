import { markerOf, type ProcessTable, readRecord, recognise, recordedTree } from '@deskclaw/core/internal';
import { type SeededRandom, SimulatedClock, SimulatedProcesses } from '@deskclaw/core/testing';
import { anyJson, object, oneOf } from '../grammar.ts';
import { must, type Target } from '../target.ts';

const NONCE = 'nonce-1.place';
const sample = {
  version: 1,
  nonce: NONCE,
  child: { pid: 1_003, startMark: 'start-4' },
  host: '127.0.0.1',
  port: 18_789,
  commandHash: 'abc',
  owner: { pid: 1_002, startMark: 'start-3' },
  supervisor: 's1',
  at: 1_700_000_000_000,
};

interface Machine {
  readonly table: ProcessTable;
  readonly strangers: ReadonlySet<number>;
}

/** A machine with two strangers, a host, and one gateway of ours with helpers. */
async function makeMachine(): Promise<Machine> {
  const clock = new SimulatedClock();
  const machine = new SimulatedProcesses(clock, () => ({ children: [{ ownGroup: true }, { carriesMarker: false }] }));
  const strangers = new Set([machine.addForeign().pid, machine.addForeign().pid]);
  const host = machine.newHost();
  const [name = '', nonce = ''] = markerOf(NONCE).split('=');
  const ignored = () => undefined;
  host.spawner.spawn(
    { file: '/opt/gateway', args: [], env: { [name]: nonce }, lifeline: false },
    { spawned: ignored, failed: ignored, output: ignored, exited: ignored, drained: ignored },
  );
  await clock.advance(1);
  return { table: host.processes, strangers: strangers.add(host.identity.pid) };
}

function anyRecord(random: SeededRandom): string {
  const pid = oneOf(random, '1000', '1001', '1002', '1003', '1004', '0', '-1', '-1003');
  const startMark = oneOf(random, '"start-1"', '"start-2"', '"start-3"', '"start-4"', '""');
  return object(random, {
    version: '1',
    nonce: oneOf(random, JSON.stringify(NONCE), '"nonce-2"', '""', anyJson(random)),
    ...(random.chance(0.8) ? { child: object(random, { pid, startMark }) } : {}),
    host: '"127.0.0.1"',
    port: oneOf(random, '18789', '0', '-1'),
    commandHash: '"abc"',
    owner: object(random, { pid, startMark }),
    supervisor: '"s1"',
    at: oneOf(random, '1700000000000'),
  });
}

let made: Promise<Machine> | undefined;

/** A record is read or refused, and no process is recognised that does not carry its nonce, whatever it says. */
export const ownershipRecord: Target = {
  name: 'ownership-record',
  samples: [
    [`${JSON.stringify(sample)}\n`],
    [JSON.stringify({ ...sample, left: true })],
    [JSON.stringify({ ...sample, child: undefined })],
  ],
  generate: (random) => [anyRecord(random)],
  check: async ([text = '']) => {
    made ??= makeMachine();
    const { table, strangers } = await made;
    const record = readRecord(text);
    if (record === undefined) return 'refused';
    const again = readRecord(JSON.stringify(record));
    must(JSON.stringify(again) === JSON.stringify(record), 'a record is read as another', () => record);
    const found = recognise(record, table);
    const named = found.kind === 'alive' ? [found.child] : found.kind === 'remains' ? found.survivors : [];
    const marker = markerOf(record.nonce);
    for (const { pid, startMark } of named) {
      must(!strangers.has(pid), 'a stranger is recognised', () => record);
      must(table.find(pid)?.startMark === startMark, 'a dead process is recognised', () => record);
    }
    if (found.kind === 'alive')
      must(
        table.checkMarker(found.child.pid, marker) === 'carried',
        'the nonce is not that of the process',
        () => record,
      );
    for (const { pid } of table.tree(recordedTree(record, found, table)))
      must(!strangers.has(pid), 'a stranger is part of the tree', () => record);
    return found.kind;
  },
};
