import { execFile, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const fileOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** A server in a process of its own, for as long as `use` takes. */
async function withServer<T>(server: string, use: (url: string) => Promise<T>): Promise<T> {
  const child = fork(fileOf(server));
  try {
    const output = await new Promise<unknown>((resolve, reject) => {
      child.once('message', resolve);
      child.once('exit', (code) => reject(new Error(`${server} exited with ${String(code)}`)));
    });
    return await use(`ws://127.0.0.1:${String((output as { port: number }).port)}/`);
  } finally {
    child.kill();
  }
}

/** Starts a new server and a new client, each in its own process; returns the result that the client prints. */
export function measureApart<Result>(server: string, client: string, ...args: readonly string[]): Promise<Result> {
  return withServer(server, async (url) => {
    const { stdout } = await execute(process.execPath, ['--expose-gc', fileOf(client), url, ...args]);
    return JSON.parse(stdout) as Result;
  });
}
