import { expect, test } from 'vitest';
import { type BecomeResult, type Connection, HostLink } from '../../src/host-link/host-link.ts';
import { FakeHost } from '../support/fake-connection.ts';
import { HandClock } from '../support/hand-clock.ts';
import { failure } from '../support/statuses.ts';

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A link whose world answers what the test queued; without an answer, the question stays open. */
function scene() {
  const clock = new HandClock();
  const finds: (() => Promise<Connection | undefined>)[] = [];
  const becomes: (() => Promise<BecomeResult>)[] = [];
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
      become: () => next('become', becomes),
      problemOf: () => failure,
    });
  return { clock, finds, becomes, asked, link };
}

const resolved =
  <T>(value: T) =>
  () =>
    Promise.resolve(value);

test('joins the host that runs', async () => {
  const { finds, asked, link } = scene();
  const host = new FakeHost('joined');
  finds.push(resolved(host.connection));
  const made = link();
  expect(await made.whenLive()).toBe(host.connection);
  expect([made.state.name, made.connection, asked]).toEqual(['live', host.connection, ['find']]);
});

test('becomes the host where there is none', async () => {
  const { finds, becomes, asked, link } = scene();
  const host = new FakeHost('hosting');
  finds.push(resolved(undefined));
  becomes.push(resolved({ kind: 'became', connection: host.connection }));
  expect(await link().whenLive()).toBe(host.connection);
  expect(asked).toEqual(['find', 'become']);
});

test('when its host ends it comes back by itself, and says so in between', async () => {
  const { finds, becomes, link } = scene();
  const [first, second] = [new FakeHost('joined'), new FakeHost('hosting')];
  finds.push(resolved(first.connection), resolved(undefined));
  becomes.push(resolved({ kind: 'became', connection: second.connection }));
  const made = link();
  await made.whenLive();
  const seen: [string, boolean][] = [];
  made.onChange((state, connection) => seen.push([state.name, connection !== undefined]));
  first.end();
  await settled();
  expect(made.connection).toBe(second.connection);
  expect(seen).toEqual([
    ['seeking', false],
    ['seeking', false],
    ['live', true],
  ]);
});

test('outrun while becoming it, joins the one that was quicker', async () => {
  const { clock, finds, becomes, asked, link } = scene();
  const quicker = new FakeHost('joined');
  finds.push(resolved(undefined), resolved(quicker.connection));
  becomes.push(resolved({ kind: 'outrun', problem: failure }));
  const made = link();
  await settled();
  expect(made.state).toMatchObject({ name: 'waiting', problem: failure });
  clock.advance(50);
  expect(await made.whenLive()).toBe(quicker.connection);
  expect(asked).toEqual(['find', 'become', 'find']);
});

test('a person who does not want to wait need not; the wait is then over', async () => {
  const { clock, finds, asked, link } = scene();
  finds.push(() => Promise.reject(new Error('it does not answer')));
  const made = link();
  await settled();
  made.retryNow();
  expect([asked, clock.pending]).toEqual([['find', 'find'], 0]);
});

test('a host that was found while the app began to quit is let go of', async () => {
  const { finds, link } = scene();
  const late = new FakeHost('hosting');
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

test('ended, it seeks no more: neither after a wait nor after a loss', async () => {
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

test('the end of a host that was left long ago disturbs nothing', async () => {
  const { finds, link } = scene();
  const [first, second] = [new FakeHost('joined'), new FakeHost('joined')];
  finds.push(resolved(first.connection), resolved(second.connection));
  const made = link();
  await made.whenLive();
  first.end();
  await settled();
  first.end();
  await settled();
  expect(made.connection).toBe(second.connection);
});
