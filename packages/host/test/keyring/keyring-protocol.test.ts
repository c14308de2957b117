import { expect, test } from 'vitest';
import { parseRequest, parseResponse } from '../../src/keyring/keyring-protocol.ts';

test.each(['method', 'ask'])('a keyring request is read when its method is named `%s`', (key) => {
  const read = JSON.stringify({ [key]: 'read', account: 'one' });
  const write = JSON.stringify({ [key]: 'write', account: 'one', secret: 's' });
  expect(parseRequest(read)).toEqual({ method: 'read', account: 'one' });
  expect(parseRequest(write)).toEqual({ method: 'write', account: 'one', secret: 's' });
});

test.each(['', '{}', '{"method":"read"}', '{"method":"write","account":"one"}', '{"method":"list","account":"one"}'])(
  'the line %j is no keyring request',
  (line) => {
    expect(parseRequest(line)).toBeUndefined();
  },
);

test('a keyring error is read with its cause and message', () => {
  const error = { kind: 'error', cause: 'refused', message: 'the prompt was dismissed' };
  expect(parseResponse(JSON.stringify(error))).toEqual(error);
  expect(parseResponse(JSON.stringify({ ...error, cause: 'moon' }))).toBeUndefined();
});
