import { expect, it } from 'vitest';
import { CONTROL_PROTOCOL, checkHostVersion, currentHostInfo } from '../src/index.ts';

it('checkHostVersion returns undefined for a host that speaks our control protocol, whatever its version', () => {
  expect(checkHostVersion({ version: '9.9.9', controlProtocol: CONTROL_PROTOCOL })).toBeUndefined();
});

it('checkHostVersion names both protocols for a host that speaks another', () => {
  expect(checkHostVersion({ version: '9.9.9', controlProtocol: CONTROL_PROTOCOL + 1 })).toEqual({
    host: `version 9.9.9 (control protocol ${String(CONTROL_PROTOCOL + 1)})`,
    ours: `control protocol ${String(CONTROL_PROTOCOL)}`,
  });
});

it('currentHostInfo translates the interrupted upgrade of a 0.1 host', () => {
  const cutOff = { end: 'back', from: '1', to: '2', words: 'It was cut off.', at: 3 };
  expect(currentHostInfo({ pid: 1, cutOff })).toEqual({
    pid: 1,
    interruptedUpgrade: { outcome: 'back', from: '1', to: '2', message: 'It was cut off.', at: 3 },
  });
});

it.each([{ pid: 1 }, { pid: 1, cutOff: 'x' }, undefined, 'text'])('currentHostInfo leaves %j as it is', (value) => {
  expect(currentHostInfo(value)).toEqual(value);
});
