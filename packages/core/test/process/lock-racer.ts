/**
 * Process of the race in owner-lock.test.ts: tries to acquire each lock file as soon as it exists; lives until `end`. With the
 * argument `without hard links`, its file system has none.
 */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { nodeProcessTable, ownIdentity } from '../../src/ports/node/process-table.ts';
import { acquireOwnerLock } from '../../src/process/owner-lock.ts';

const link = () => {
  throw Object.assign(new Error('no hard links'), { code: 'ENOTSUP' });
};
const options = process.argv[2] === 'without hard links' ? { link } : {};

process.on('message', (message) => {
  if (message === 'end') process.exit(0);
  const path = String(message);
  // A look at the disk as often as can be: a message of its own to each would let them come one after another.
  while (!existsSync(path));
  const lock = acquireOwnerLock(path, { ...ownIdentity(), nonce: randomUUID() }, nodeProcessTable, options);
  process.send?.(lock.kind);
});
process.send?.('ready');
