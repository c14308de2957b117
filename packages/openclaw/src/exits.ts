import type { ExitJudge } from '@deskclaw/core/internal';
import type { ExitCause } from '@deskclaw/protocol';

interface ExitPattern {
  readonly cause: ExitCause;
  readonly said: RegExp;
}

/**
 * What the three measured generations (2026.2.3-1, 2026.5.28, 2026.9.6) print before a failed start ends.
 * Their codes alone do not tell: a busy port is 1, 0 and 1; a locked state folder 1, 0 and 78; a bad configuration 1, 1 or 78, and 78.
 */
const exitPatterns: readonly ExitPattern[] = [
  { cause: 'managed-elsewhere', said: /is externally supervised by /i },
  { cause: 'newer-state', said: /uses newer schema version \d/i },
  {
    cause: 'state-locked',
    said: /another OpenClaw process owns|could not enter maintenance|database is in use\. Stop other OpenClaw|gateway already running \(pid|lock timeout after|failed to acquire gateway/i,
  },
  { cause: 'port-in-use', said: /EADDRINUSE|already listening on|port \d+ is already in use/i },
  { cause: 'runtime', said: /Node\S* .*(is unsupported|is required)|requires Node/i },
  {
    cause: 'configuration',
    said: /missing config|invalid config|config invalid|missing gateway\.mode|refusing to bind gateway/i,
  },
];

const EX_CONFIG = 78;

/**
 * Why an OpenClaw gateway ended, where OpenClaw has its own way to say it; `undefined`: what holds for every program holds.
 * The words only choose between explanations: whether to start again is never read from them.
 */
export const judgeExit: ExitJudge = ({ code, signal, endedBy, wasReady, lines }) => {
  if (endedBy !== 'itself' || signal !== null) return undefined;
  const said = exitPatterns.find((entry) => lines.some((line) => entry.said.test(line)))?.cause;
  if (code === EX_CONFIG) return said ?? 'configuration';
  return wasReady ? undefined : said;
};
