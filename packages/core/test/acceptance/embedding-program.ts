/** A program that embeds the SDK: `WAY FILE COMMAND...`. Prints the pid of its gateway, then ends in that way. */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { GatewayManager } from '../../src/index.ts';

const [way = '', ownershipFile = '', ...command]: readonly string[] = isMainThread ? process.argv.slice(2) : workerData;

async function startGateway(): Promise<number | undefined> {
  const manager = new GatewayManager({
    mode: 'supervise',
    port: 0,
    command,
    ...(way === 'keep' ? { ownershipFile, keepRunning: true } : {}),
  });
  await manager.start();
  return manager.getStatus().pid;
}

function end(): void {
  switch (way) {
    case 'exit':
      process.exit(0);
      break;
    case 'throw':
      setImmediate(() => {
        throw new Error('the embedding program fails');
      });
      break;
    case 'worker':
    case 'keep':
    case 'signal':
      break;
    default:
      throw new Error(`unknown way ${way}`);
  }
}

if (!isMainThread) {
  parentPort?.postMessage(await startGateway());
} else if (way === 'worker') {
  const worker = new Worker(new URL(import.meta.url), { workerData: [way, ownershipFile, ...command] });
  worker.once('message', (pid: number) => {
    process.send?.(pid);
    process.once('message', () => void worker.terminate());
  });
} else {
  process.send?.(await startGateway());
  process.once('message', end);
}
