import { fileURLToPath } from 'node:url';
import { gatewayFile } from './gateway-command.ts';
import { Program } from './program.ts';

const thiefFile = fileURLToPath(new URL('thief-program.ts', import.meta.url));

/** A foreign process on the port. */
export interface Thief {
  readonly pid: number;
  readonly holding: Promise<boolean>;
  /** Ends the process. Resolves with the signals that it received meanwhile. */
  release(): Promise<readonly string[]>;
}

/** Takes the port once it is free; resolves when it is trying. */
export async function sendThief(port: number): Promise<Thief> {
  const program = new Program([thiefFile, String(port)]);
  await program.says('trying');
  return {
    pid: program.pid,
    holding: program.says('holding'),
    release: async () => {
      program.release();
      const { signal } = await program.ended;
      const heard = [...program.said.matchAll(/signalled (\w+)/g)].map((match) => match[1] ?? '');
      return signal === null ? heard : [...heard, signal];
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
