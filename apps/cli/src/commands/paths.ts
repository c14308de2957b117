import { resolvePaths } from '@deskclaw/core';
import { type ExitCode, exitCodes } from '@deskclaw/protocol';
import { layRows, span } from '../output/layout.ts';
import type { Shell } from '../shell.ts';

export function paths(shell: Shell): ExitCode {
  const found = resolvePaths({ profile: shell.profile, env: shell.env });
  if (shell.json) shell.document('paths', found);
  else
    shell.data(
      ...layRows(
        Object.entries(found).map(([label, path]) => ({ label, parts: [[span(path)]] })),
        shell.out.style,
      ),
    );
  return exitCodes.ok;
}
