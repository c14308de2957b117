/** One process of the race in owner-lock.test.ts: tries for the lock on `go`, and lives until `end`. */
import { randomUUID } from 'node:crypto';
import { nodeProcessTable, ownIdentity } from '../../src/ports/node/process-table.ts';
import { acquireOwnerLock } from '../../src/process/owner-lock.ts';

const path = process.argv[2] ?? '';
process.on('message', (message) => {
  if (message === 'end') process.exit(0);
  const lock = acquireOwnerLock(path, { ...ownIdentity(), nonce: randomUUID() }, nodeProcessTable);
  process.send?.(lock.kind);
});
process.send?.('ready');
