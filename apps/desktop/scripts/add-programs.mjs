import { cpSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const programs = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist', 'programs');

/**
 * Lays the programs that a real Node runs beside the archive, which only Electron can read.
 * @param {{ readonly packager: { getResourcesDir(appOutDir: string): string }, readonly appOutDir: string }} context
 */
export default function addPrograms({ packager, appOutDir }) {
  cpSync(programs, join(packager.getResourcesDir(appOutDir), 'programs'), { recursive: true });
}
