/**
 * Cleans up after a test run that is killed: each line on standard input adds a workplace (`+root`) or
 * removes one (`-root`); when the input ends, the processes of the remaining workplaces are killed and their folders removed.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { nodeProcessTable } from '@deskclaw/core';
import { markerOf } from './guard.ts';

const roots = new Set<string>();
for await (const line of createInterface({ input: process.stdin })) {
  const root = line.slice(1);
  if (line.startsWith('+')) roots.add(root);
  else roots.delete(root);
}
for (const root of roots) {
  const marker = markerOf(join(root, 'state'));
  // A host that is killed may have been about to start a gateway: look until nothing is left.
  for (let tree = nodeProcessTable.tree({ marker }); tree.length > 0; tree = nodeProcessTable.tree({ marker })) {
    for (const info of tree) nodeProcessTable.signal(info, 'SIGKILL');
    await sleep(200);
  }
  await rm(root, { recursive: true, force: true, maxRetries: 5 });
}
