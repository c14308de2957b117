import { type ProgramPorts, runProgram } from '@deskclaw/openclaw';

const SYNC_MS = 120_000;

/** Everything that was written to the file system of a folder, on the disk: one call where a sync of each of 40 000 files would be none. */
export async function syncFileSystem(folder: string, platform: NodeJS.Platform, ports: ProgramPorts): Promise<void> {
  if (platform === 'win32') return;
  const args = platform === 'linux' ? ['-f', folder] : [];
  const run = await runProgram({ file: '/bin/sync', args, env: {} }, { timeoutMs: SYNC_MS, keepChars: 1_024 }, ports);
  if (run.kind === 'ended' && run.code === 0) return;
  await runProgram({ file: '/bin/sync', args: [], env: {} }, { timeoutMs: SYNC_MS, keepChars: 1_024 }, ports);
}
