import type { SecretReadResult, SecretStore } from '@deskclaw/core';
import { SimulatedClock } from '@deskclaw/core/testing';
import { expect, test } from 'vitest';
import { TimeoutSecretStore } from '../../src/profile/timeout-secret-store.ts';

/** A keyring whose answers the test triggers. */
function asking() {
  const questions: { readonly what: string; readonly answer: (reading: SecretReadResult) => void }[] = [];
  const ask = (what: string) =>
    new Promise<SecretReadResult>((answer) => {
      questions.push({ what, answer });
    });
  const change = async (what: string) => {
    const answer = await ask(what);
    return answer.kind === 'error' ? answer : ({ kind: 'done' } as const);
  };
  const store: SecretStore = {
    read: (account) => ask(`read ${account}`),
    write: (account) => change(`write ${account}`),
    remove: (account) => change(`remove ${account}`),
  };
  return { questions, store };
}

const found = { kind: 'found', secret: 's' } as const;
const waiting = { kind: 'error', cause: 'waiting' } as const;

test('an answer in time is passed on as it is, and no timer stays', async () => {
  const clock = new SimulatedClock();
  const { store, questions } = asking();
  const patient = new TimeoutSecretStore(store, clock, 100);
  for (const answer of [found, { kind: 'absent' }, { kind: 'error', cause: 'refused', message: 'no' }] as const) {
    const reading = patient.read('a');
    await clock.advance(99);
    questions.at(-1)?.answer(answer);
    expect(await reading).toEqual(answer);
  }
  expect(clock.pendingTimers).toBe(0);
});

test('a question that a person must answer is waited for no longer than this, and nothing is asked on top of it', async () => {
  const clock = new SimulatedClock();
  const { store, questions } = asking();
  const patient = new TimeoutSecretStore(store, clock, 100);
  const reading = patient.read('a');
  await clock.advance(100);
  expect(await reading).toMatchObject(waiting);
  // At once, however often.
  expect(await patient.read('a')).toMatchObject(waiting);
  expect(await patient.write('a', 's')).toMatchObject(waiting);
  expect(await patient.remove('a')).toMatchObject(waiting);
  expect(questions.map(({ what }) => what)).toEqual(['read a']);
  expect(clock.pendingTimers).toBe(0);
});

test('what came late is not asked for again; after that, it is', async () => {
  const clock = new SimulatedClock();
  const { store, questions } = asking();
  const patient = new TimeoutSecretStore(store, clock, 100);
  const reading = patient.read('a');
  await clock.advance(100);
  await reading;
  questions[0]?.answer(found);
  await clock.advance(0);
  expect(await patient.read('a')).toEqual(found);
  const next = patient.read('a');
  await clock.advance(1);
  questions[1]?.answer({ kind: 'absent' });
  expect(await next).toEqual({ kind: 'absent' });
});

test('what came late is of no use for another name, nor after a change', async () => {
  const clock = new SimulatedClock();
  const { store, questions } = asking();
  const patient = new TimeoutSecretStore(store, clock, 100);
  for (const meanwhile of ['read b', 'write a']) {
    const reading = patient.read('a');
    await clock.advance(100);
    await reading;
    questions.at(-1)?.answer(found);
    await clock.advance(0);
    const other = meanwhile === 'read b' ? patient.read('b') : patient.write('a', 'new');
    await clock.advance(0);
    expect(questions.at(-1)?.what).toBe(meanwhile);
    questions.at(-1)?.answer({ kind: 'absent' });
    await other;
    const again = patient.read('a');
    await clock.advance(0);
    expect(questions.at(-1)?.what).toBe('read a');
    questions.at(-1)?.answer({ kind: 'absent' });
    expect(await again).toEqual({ kind: 'absent' });
  }
});

test('questions are asked one after another', async () => {
  const clock = new SimulatedClock();
  const { store, questions } = asking();
  const patient = new TimeoutSecretStore(store, clock, 100);
  const [first, second] = [patient.write('a', 's'), patient.read('a')];
  await clock.advance(50);
  expect(questions.map(({ what }) => what)).toEqual(['write a']);
  questions[0]?.answer({ kind: 'absent' });
  await clock.advance(99);
  questions[1]?.answer(found);
  expect([await first, await second]).toEqual([{ kind: 'done' }, found]);
});

test('a question that could not even be asked keeps no other from being asked', async () => {
  const clock = new SimulatedClock();
  const { store, questions } = asking();
  const broken = { ...store, read: () => Promise.reject(new Error('no room for a process')) };
  const patient = new TimeoutSecretStore(broken, clock, 100);
  await expect(patient.read('a')).rejects.toThrow('no room');
  expect(clock.pendingTimers).toBe(0);
  await clock.advance(200);
  void patient.write('a', 's');
  await clock.advance(0);
  expect(questions.map(({ what }) => what)).toEqual(['write a']);
});
