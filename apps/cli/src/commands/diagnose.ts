import { resolve } from 'node:path';
import { collectDiagnosis, type DiagnosisEntry } from '@deskclaw/host';
import { type ExitCode, exitCodes } from '@deskclaw/protocol';
import { findAnyHost } from '../host/find-host.ts';
import { withoutHost } from '../host/status-without-host.ts';
import { isoTime, serializeHost, serializeStatus } from '../output/documents.ts';
import { layTable } from '../output/layout.ts';
import { writeNewFile } from '../output/write-new-file.ts';
import type { Shell } from '../shell.ts';
import { version } from '../version.ts';

interface DiagnoseOptions {
  readonly output?: string | undefined;
  readonly list?: true | undefined;
}

async function findStatus(shell: Shell): Promise<unknown> {
  try {
    const session = await findAnyHost(shell);
    if (session === undefined) {
      const { gateway } = withoutHost(shell);
      return { host: null, gateway: serializeStatus(gateway) };
    }
    try {
      const gateway = await session.client.call('gateway.status');
      return { host: serializeHost(session.info), gateway: serializeStatus(gateway) };
    } finally {
      session.client.close();
    }
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) };
  }
}

async function zip(entries: readonly DiagnosisEntry[], at: number): Promise<Uint8Array> {
  const { strToU8, zipSync } = await import('fflate');
  const files = Object.fromEntries(entries.map(({ name, text }) => [`deskclaw-diagnosis/${name}`, strToU8(text)]));
  return zipSync(files, { mtime: at });
}

/** Writes a zip for a bug report, with secrets removed; works without a host and without a gateway. */
export async function diagnose(shell: Shell, { output, list }: DiagnoseOptions): Promise<ExitCode> {
  const status = await findStatus(shell);
  const found = await collectDiagnosis({ name: shell.profile, env: shell.env, version, status });
  const entries = found.map(({ name, about, text }) => ({ name, bytes: Buffer.byteLength(text), about }));
  const at = shell.now();
  const stamp = isoTime(at).slice(0, 19).replaceAll(/[-:]/g, '');
  const path = resolve(output ?? `deskclaw-diagnosis-${shell.profile}-${stamp}.zip`);
  const bytes = list === true ? 0 : await zip(found, at);
  if (typeof bytes !== 'number') writeNewFile(shell, path, bytes, 'diagnose');
  const size = typeof bytes === 'number' ? bytes : bytes.length;
  if (shell.json) shell.document('diagnose', { path: list === true ? null : path, bytes: size, entries });
  else if (list === true)
    shell.data(
      ...layTable(
        entries.map((entry) => [entry.name, String(entry.bytes), entry.about]),
        shell.out.style,
      ),
    );
  else {
    shell.data(path);
    shell.message(
      'Known secrets were removed. Look through it before you send it: it holds names, paths and log lines.',
    );
  }
  return exitCodes.ok;
}
