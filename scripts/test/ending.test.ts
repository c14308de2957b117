import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { passEndingOn } from '../first-run/ending.mjs';

function setUp() {
  const source = new EventEmitter();
  const received: string[] = [];
  let time = 0;
  const ending = passEndingOn({ kill: (signal) => received.push(signal) }, { source, now: () => time });
  return {
    received,
    ending,
    press: (signal: string, at: number) => {
      time = at;
      source.emit(signal);
    },
  };
}

test('a signal reaches the child as it is', () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    const { press, received, ending } = setUp();
    expect(ending.asked()).toBe(false);
    press(signal, 0);
    expect(received).toEqual([signal]);
    expect(ending.asked()).toBe(true);
  }
});

test('what npm passes on of a Ctrl-C that the terminal has told already is the same press', () => {
  const { press, received } = setUp();
  press('SIGINT', 1000);
  press('SIGINT', 1008);
  press('SIGINT', 1290);
  expect(received).toEqual(['SIGINT']);
});

test('a second press insists', () => {
  const { press, received } = setUp();
  press('SIGINT', 1000);
  press('SIGINT', 1400);
  expect(received).toEqual(['SIGINT', 'SIGINT']);
});
