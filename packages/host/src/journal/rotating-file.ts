import { appendFile, chmod, mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

interface Rotation {
  readonly maxBytes: number;
  /** How many older files stay beside the current one. */
  readonly keep: number;
}

/** More than this waiting for the disk is dropped and counted: a stuck disk must not eat the memory. */
const MAX_QUEUED_BYTES = 4 * 1024 * 1024;

/**
 * Appends lines to a file that never outgrows its bounds; a failing disk is reported once and never throws. What could not be
 * written (the disk is full, no descriptor is free) is kept and written with the next line.
 */
export class RotatingFile {
  readonly #path: string;
  readonly #rotation: Rotation;
  readonly #onError: (error: Error) => void;
  #queue: string[] = [];
  #queuedBytes = 0;
  #dropped = 0;
  #size: number | undefined;
  #writing: Promise<void> | undefined;
  #failure: Error | undefined;

  constructor(path: string, rotation: Rotation, onError: (error: Error) => void) {
    this.#path = path;
    this.#rotation = rotation;
    this.#onError = onError;
  }

  /** Why the last write failed; `undefined`: it did not. */
  get failure(): string | undefined {
    return this.#failure === undefined ? undefined : `${this.#path}: ${this.#failure.message}`;
  }

  /** Returns whether the line was taken; one that is not is dropped. */
  append(line: string): boolean {
    if (this.#queuedBytes + line.length > MAX_QUEUED_BYTES) {
      this.#dropped += 1;
      return false;
    }
    this.#queue.push(line);
    this.#queuedBytes += line.length;
    this.#writing ??= this.#drain();
    return true;
  }

  /** Resolves when everything appended so far is written, or was given up on. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      const lines = this.#queue;
      if (this.#dropped > 0) lines.push(`[${String(this.#dropped)} lines dropped: the disk was too slow]`);
      this.#queue = [];
      this.#queuedBytes = 0;
      this.#dropped = 0;
      try {
        await this.#write(`${lines.join('\n')}\n`);
        this.#failure = undefined;
      } catch (error) {
        this.#size = undefined;
        this.#putBack(lines);
        const isNew = this.#failure === undefined;
        this.#failure = error instanceof Error ? error : new Error(String(error));
        if (isNew) this.#onError(this.#failure);
        break;
      }
    }
    this.#writing = undefined;
  }

  /** Keeps the newest lines that fit. */
  #putBack(lines: readonly string[]): void {
    const all = [...lines, ...this.#queue];
    let bytes = 0;
    let first = all.length;
    while (first > 0 && bytes + (all[first - 1]?.length ?? 0) <= MAX_QUEUED_BYTES) {
      first -= 1;
      bytes += all[first]?.length ?? 0;
    }
    this.#dropped += first;
    this.#queue = all.slice(first);
    this.#queuedBytes = bytes;
  }

  async #write(text: string): Promise<void> {
    if (this.#size === undefined) {
      await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
      this.#size = await stat(this.#path).then(
        (found) => found.size,
        () => 0,
      );
      // A file that was there before may be readable by others.
      if (this.#size > 0) await chmod(this.#path, 0o600);
    }
    if (this.#size > 0 && this.#size + text.length > this.#rotation.maxBytes) await this.#rotate();
    await appendFile(this.#path, text, { mode: 0o600 });
    this.#size += Buffer.byteLength(text);
  }

  async #rotate(): Promise<void> {
    await rm(`${this.#path}.${String(this.#rotation.keep)}`, { force: true });
    for (let index = this.#rotation.keep - 1; index >= 1; index -= 1) {
      await rename(`${this.#path}.${String(index)}`, `${this.#path}.${String(index + 1)}`).catch(() => undefined);
    }
    await rename(this.#path, `${this.#path}.1`);
    this.#size = 0;
  }
}
