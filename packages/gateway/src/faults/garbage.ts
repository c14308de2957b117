/** Frames that a client must survive: none of them is of any dialect. */
export const noisyFrames: readonly (string | Uint8Array)[] = [
  '',
  'this is not JSON',
  '{"jsonrpc":"2.0","id":1,"resu',
  '[]',
  'null',
  '42',
  '{}',
  '{"jsonrpc":"2.0","id":{"an":"object"},"result":1}',
  '{"jsonrpc":"2.0","id":"both","result":1,"error":{"code":1,"message":"and both"}}',
  '{"jsonrpc":"1.0","method":17}',
  '{"type":"res","id":7,"ok":"maybe"}',
  '{"type":"event"}',
  '{"type":"nothing-known"}',
  '['.repeat(2000) + ']'.repeat(2000),
  '\u0000\uFFFF\u{1F980}',
  new Uint8Array([0, 255, 254, 1, 2, 3]),
];
