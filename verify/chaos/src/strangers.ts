import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gatewayFile } from './gateway-command.ts';
import { Program } from './program.ts';

const thiefFile = fileURLToPath(new URL('thief-program.ts', import.meta.url));

/** A foreign process on the port. */
export interface Thief {
  readonly pid: number;
  readonly holding: Promise<boolean>;
  /** Ends the process. Resolves with what it received meanwhile. */
  release(): Promise<{ readonly signals: readonly string[]; readonly heardBytes: number }>;
}

/**
 * Takes the port once it is free; resolves when it is trying.
 * @param user another user than ours, who may not read our files: gets the program itself.
 */
export async function sendThief(port: number, user?: number): Promise<Thief> {
  const program =
    user === undefined
      ? new Program([thiefFile, String(port)])
      : new Program(
          ['--input-type=module-typescript', '--eval', readFileSync(thiefFile, 'utf8'), String(port)],
          {},
          user,
        );
  await program.says('trying');
  return {
    pid: program.pid,
    holding: program.says('holding'),
    release: async () => {
      program.release();
      const { signal } = await program.ended;
      const all = (pattern: RegExp) => [...program.said.matchAll(pattern)].map((match) => match[1] ?? '');
      const signals = [...all(/signalled (\w+)/g), ...(signal === null ? [] : [signal])];
      return { signals, heardBytes: all(/heard (\d+)/g).reduce((sum, bytes) => sum + Number(bytes), 0) };
    },
  };
}

/** A foreign gateway of the same program on another port, which must stay untouched. */
export class Bystander {
  readonly #program = new Program([gatewayFile, '--port', '0', '--lifeline']);

  get pid(): number {
    return this.#program.pid;
  }

  ready(): Promise<boolean> {
    return this.#program.says('listening');
  }

  /** Ends the process. Resolves with the signals that it received before. */
  async release(): Promise<readonly string[]> {
    const early = await Promise.race([this.#program.ended, Promise.resolve(undefined)]);
    this.#program.release();
    const end = await this.#program.ended;
    return early === undefined ? [] : [`ended early: code ${String(end.code)}, signal ${String(end.signal)}`];
  }
}
