import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { members, root } from './workspace.mjs';

const compiled = /(\.js|\.js\.map|\.d\.ts|\.d\.ts\.map)$/;

/**
 * Removes compiled files whose source is gone: the compiler leaves them, and they would be packed. Only of members that the compiler
 * alone builds, where each output has one source.
 */
export function removeStaleOutputs() {
  for (const member of members) {
    const folder = join(root, member);
    /** @type {{ scripts?: { build?: string } }} */
    const { scripts } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const dist = join(folder, 'dist');
    if (scripts?.build !== 'tsc -b' || !existsSync(dist)) continue;
    for (const path of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
      if (!compiled.test(path)) continue;
      if (!existsSync(join(folder, 'src', path.replace(compiled, '.ts')))) rmSync(join(dist, path));
    }
  }
}
