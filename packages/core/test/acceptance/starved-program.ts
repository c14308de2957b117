/** A program without a free descriptor that starts a gateway by the SDK, and again when there is room: `COMMAND...`. */
import { closeSync, openSync } from 'node:fs';
import { GatewayManager } from '../../src/index.ts';

const faults: string[] = [];
process.on('unhandledRejection', (reason) => faults.push(String(reason)));
process.on('uncaughtException', (error) => faults.push(String(error)));

const manager = new GatewayManager({ mode: 'supervise', port: 0, command: process.argv.slice(2) });
const outcome = (started: Promise<unknown>) =>
  started.then(
    () => 'started',
    (error: unknown) => (error instanceof Error && 'code' in error ? error.code : String(error)),
  );

const held: number[] = [];
try {
  for (;;) held.push(openSync('/dev/null', 'r'));
} catch {
  // Every descriptor is taken now.
}
const starved = await outcome(manager.start());
for (const descriptor of held) closeSync(descriptor);
const fed = await outcome(manager.start());
await manager.stop({ force: true });
process.send?.({ starved, fed, faults });
process.disconnect();
