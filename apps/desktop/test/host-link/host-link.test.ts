import { expect, test } from 'vitest';
import {
  type Connection,
  createProblemNotifier,
  HostLink,
  type StartHostResult,
} from '../../src/host-link/host-link.ts';
import type { LinkState } from '../../src/host-link/state.ts';
import { FakeHost } from '../support/fake-connection.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { failure, hostInfo } from '../support/statuses.ts';

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A link whose world answers what the test queued; without an answer, the question stays open. */
function scene() {
  const clock = new ManualClock();
  const finds: (() => Promise<Connection | undefined>)[] = [];
  const starts: (() => Promise<StartHostResult>)[] = [];
  const asked: string[] = [];
  const next = <T>(name: string, queue: (() => Promise<T>)[]): Promise<T> => {
    asked.push(name);
    return queue.shift()?.() ?? new Promise<T>(() => undefined);
  };
  const link = () =>
    new HostLink({
      clock,
      random: { next: () => 0.5 },
      find: () => next('find', finds),
      startHost: () => next('start-host', starts),
      problemOf: () => failure,
    });
  return { clock, finds, starts, asked, link };
}

const resolved =
  <T>(value: T) =>
  () =>
    Promise.resolve(value);

test('HostLink joins a running host', async () => {
  const { finds, asked, link } = scene();
  const host = new FakeHost('client');
  finds.push(resolved(host.connection));
  const made = link();
  expect(await made.whenLive()).toBe(host.connection);
  expect([made.state.name, made.connection, asked]).toEqual(['live', host.connection, ['find']]);
});

test('HostLink starts a host when none runs', async () => {
  const { finds, starts, asked, link } = scene();
  const host = new FakeHost('host');
  finds.push(resolved(undefined));
  starts.push(resolved({ kind: 'started', connection: host.connection }));
  expect(await link().whenLive()).toBe(host.connection);
  expect(asked).toEqual(['find', 'start-host']);
});

test('HostLink reconnects when its host ends and reports the gap', async () => {
  const { finds, starts, link } = scene();
  const [first, second] = [new FakeHost('client'), new FakeHost('host')];
  finds.push(resolved(first.connection), resolved(undefined));
  starts.push(resolved({ kind: 'started', connection: second.connection }));
  const made = link();
  await made.whenLive();
  const seen: [string, boolean][] = [];
  made.onChange((state, connection) => seen.push([state.name, connection !== undefined]));
  first.end();
  await settled();
  expect(made.connection).toBe(second.connection);
  expect(seen).toEqual([
    ['connecting', false],
    ['connecting', false],
    ['live', true],
  ]);
});

test('HostLink joins the faster host after a lost race', async () => {
  const { clock, finds, starts, asked, link } = scene();
  const quicker = new FakeHost('client');
  finds.push(resolved(undefined), resolved(quicker.connection));
  starts.push(resolved({ kind: 'lost-race', problem: failure }));
  const made = link();
  await settled();
  expect(made.state).toMatchObject({ name: 'waiting', problem: failure });
  clock.advance(50);
  expect(await made.whenLive()).toBe(quicker.connection);
  expect(asked).toEqual(['find', 'start-host', 'find']);
});

test('retryNow ends the wait at once', async () => {
  const { clock, finds, asked, link } = scene();
  finds.push(() => Promise.reject(new Error('it does not answer')));
  const made = link();
  await settled();
  made.retryNow();
  expect([asked, clock.pending]).toEqual([['find', 'find'], 0]);
});

test('a host found during the quit is released', async () => {
  const { finds, link } = scene();
  const late = new FakeHost('host');
  let find: (connection: Connection) => void = () => undefined;
  finds.push(
    () =>
      new Promise((resolve) => {
        find = resolve;
      }),
  );
  const made = link();
  made.end();
  find(late.connection);
  await settled();
  expect(made.connection).toBeUndefined();
  expect(late.left).toHaveLength(1);
  await expect(made.whenLive()).rejects.toThrow('quitting');
});

test('an ended link never searches again', async () => {
  const { clock, finds, asked, link } = scene();
  finds.push(() => Promise.reject(new Error('it does not answer')));
  const waiting = link();
  const refused = waiting.whenLive();
  await settled();
  waiting.end();
  clock.advance(60_000);
  await expect(refused).rejects.toThrow('quitting');
  expect(asked).toEqual(['find']);
});

test('the late close of an earlier host changes nothing', async () => {
  const { finds, link } = scene();
  const [first, second] = [new FakeHost('client'), new FakeHost('client')];
  finds.push(resolved(first.connection), resolved(second.connection));
  const made = link();
  await made.whenLive();
  first.end();
  await settled();
  first.end();
  await settled();
  expect(made.connection).toBe(second.connection);
});

function waiting(failures: number, detail = failure.detail): LinkState {
  return { name: 'waiting', failures, since: 0, lost: false, retryAt: 10, problem: { ...failure, detail } };
}
const connecting: LinkState = { name: 'connecting', step: 'find', failures: 1, since: 0, lost: false };
const live: LinkState = { name: 'live', role: 'client', info: hostInfo, since: 5 };

test.each<[string, readonly LinkState[], readonly string[]]>([
  ['a host that is just starting is not reported', [waiting(1), connecting, live], []],
  [
    'a lasting problem is reported once',
    [waiting(1), connecting, waiting(2), connecting, waiting(3), connecting, waiting(4)],
    [failure.detail],
  ],
  [
    'a different problem is reported again',
    [waiting(2), waiting(3, 'the disk is full'), waiting(4, 'the disk is full')],
    [failure.detail, 'the disk is full'],
  ],
  [
    'the same problem is reported again after a recovery',
    [waiting(2), connecting, live, connecting, waiting(1), waiting(2)],
    [failure.detail, failure.detail],
  ],
])('createProblemNotifier: %s', (_what, states, details) => {
  const reported: string[] = [];
  const hear = createProblemNotifier(({ detail }) => reported.push(detail));
  for (const state of states) hear(state);
  expect(reported).toEqual(details);
});
