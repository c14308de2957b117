import { execFileSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const SIZE_MB = 48;
const CHUNK = Buffer.alloc(64 * 1024);

/** A file system of its own, small enough to be filled. Needs root on Linux. */
export class SmallDisk {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** @returns the reason in words where there can be none. */
  static mount(folder: string): SmallDisk | string {
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${String(SIZE_MB)}m,mode=0700`, 'tmpfs', folder], {
        stdio: 'pipe',
      });
      return new SmallDisk(folder);
    } catch (error) {
      return error instanceof Error ? (error.message.split('\n').at(-1) ?? error.message) : String(error);
    }
  }

  /** Not a byte is left. */
  fill(): void {
    const file = openSync(join(this.folder, 'filler'), 'a');
    try {
      for (const chunk of [CHUNK, CHUNK.subarray(0, 512), CHUNK.subarray(0, 1)]) {
        try {
          while (writeSync(file, chunk) > 0);
        } catch {
          // Full for this size of chunk.
        }
      }
    } finally {
      closeSync(file);
    }
  }

  free(): void {
    rmSync(join(this.folder, 'filler'), { force: true });
  }

  unmount(): void {
    execFileSync('umount', ['-l', this.folder], { stdio: 'pipe' });
  }
}
