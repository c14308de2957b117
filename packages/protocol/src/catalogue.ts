import type { Problem, ProblemAction, ProblemCode } from './problem.ts';
import type { ExitFacts, ProblemFacts } from './problem-facts.ts';

interface Entry<C extends ProblemCode> {
  readonly title: string;
  readonly retryable: boolean;
  readonly detail: (facts: ProblemFacts<C>) => string;
  readonly actions: (facts: ProblemFacts<C>) => readonly ProblemAction[];
}
type Catalogue = { readonly [C in ProblemCode]: Entry<C> };

const start: ProblemAction = { id: 'start', label: 'Start', command: 'deskclaw start' };
const retry: ProblemAction = { id: 'retry', label: 'Try again', command: 'deskclaw restart' };
const retryNow: ProblemAction = { id: 'reconnect', label: 'Retry now' };
const logs: ProblemAction = { id: 'logs', label: 'Show logs', command: 'deskclaw logs -n 100' };
const status: ProblemAction = { id: 'status', label: 'Show status', command: 'deskclaw status' };
const none: readonly ProblemAction[] = [];

function plain(title: string, retryable: boolean, actions: readonly ProblemAction[]) {
  return { title, retryable, detail: (facts: { readonly detail: string }) => facts.detail, actions: () => actions };
}

/** "exit code 78", "signal SIGKILL". */
export function describeExit(exit: Pick<ExitFacts, 'code' | 'signal'>): string {
  if (exit.signal !== null) return `signal ${exit.signal}`;
  return exit.code === null ? 'unknown exit' : `exit code ${String(exit.code)}`;
}

function quoteLines(lines: readonly string[]): string {
  return lines.length === 0 ? 'It printed nothing.' : `It last said:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}

const causeInWords: Readonly<Record<ExitFacts['cause'], string>> = {
  requested: 'as asked',
  clean: 'by itself, calling it a success',
  configuration: 'because its configuration is not valid',
  'port-in-use': 'because its port was taken',
  runtime: 'because its runtime does not fit',
  'out-of-memory': 'out of memory',
  killed: 'because something killed it',
  'not-started': 'before it could start',
  crash: 'by crashing',
};

function exitSentence(exit: ExitFacts): string {
  return `"${exit.command}" ended ${causeInWords[exit.cause]} (${describeExit(exit)}).\n${quoteLines(exit.lastLines)}`;
}

function seconds(ms: number): string {
  return `${String(Math.round(ms / 100) / 10)} s`;
}

const catalogue: Catalogue = {
  'gateway.not-found': {
    title: 'The gateway program was not found',
    retryable: false,
    detail: (f) =>
      f.reason === 'not-executable'
        ? `"${f.command}" exists but may not be executed.`
        : f.reason === 'no-folder'
          ? `The working folder "${f.command}" does not exist.`
          : `"${f.command}" is in none of: ${f.searched.join(', ') || '(the PATH is empty)'}.`,
    actions: (f) => [
      f.reason === 'not-executable'
        ? { id: 'chmod', label: 'Make it executable', command: `chmod +x ${f.command}` }
        : {
            id: 'install',
            label: 'Install it, or name its full path',
            command: 'deskclaw start --command "/full/path/to/gateway --port {port}"',
          },
      { id: 'builtin', label: 'Try the built-in gateway', command: 'deskclaw start --gateway builtin' },
    ],
  },
  'gateway.exited': {
    title: 'The gateway ended',
    retryable: true,
    detail: exitSentence,
    actions: (f) =>
      f.cause === 'configuration'
        ? [{ id: 'fix-config', label: 'Correct its configuration, then start again', command: 'deskclaw start' }, logs]
        : [retry, logs],
  },
  'gateway.start-timeout': {
    title: 'The gateway did not become ready in time',
    retryable: true,
    detail: (f) =>
      `It ran for ${seconds(f.waitedMs)} without accepting a connection${f.lastError === undefined ? '' : ` (last try: ${f.lastError})`}.\n${quoteLines(f.lastLines)}`,
    actions: () => [{ id: 'wait-longer', label: 'Give it more time', command: 'deskclaw start --timeout 300' }, logs],
  },
  'gateway.unresponsive': plain('The gateway does not answer', true, [retry, logs]),
  'gateway.draining': plain('The gateway is finishing running work before it stops', true, [
    { id: 'force', label: 'Stop now', command: 'deskclaw stop --force' },
  ]),
  'gateway.not-running': plain('The gateway is not running', true, [start]),
  'gateway.running-differently': plain('The gateway already runs with other settings', false, [
    { id: 'stop-start', label: 'Stop it first', command: 'deskclaw stop' },
    status,
  ]),
  'crash.loop': {
    title: 'The gateway keeps crashing; automatic restarts are paused',
    retryable: true,
    detail: (f) => `${String(f.crashes)} crashes within ${seconds(f.windowMs)}. The last one: ${exitSentence(f.last)}`,
    actions: () => [retry, logs],
  },
  'port.in-use': {
    title: 'The port is used by another program',
    retryable: true,
    detail: (f) => {
      const owner =
        f.owner === undefined ? 'a program we cannot identify' : `${f.owner.name} (pid ${String(f.owner.pid)})`;
      return `Port ${String(f.port)} on ${f.host} is held by ${owner}${f.answers === undefined ? '' : `, which answers with ${f.answers}`}. It was left alone.`;
    },
    actions: (f) => [
      {
        id: 'other-port',
        label: `Use port ${String(f.port + 1)}`,
        command: `deskclaw start --port ${String(f.port + 1)}`,
      },
      ...(f.owner === undefined
        ? []
        : [{ id: 'show-owner', label: 'Show that program', command: `ps -fp ${String(f.owner.pid)}` }]),
    ],
  },
  'state.locked': plain('Another program holds the state folder', true, [status]),
  'state.read-only': plain('The state folder cannot be written', false, [
    { id: 'paths', label: 'Show the folders', command: 'deskclaw paths' },
  ]),
  'config.invalid': {
    title: 'The configuration is not valid',
    retryable: false,
    detail: (f) => `${f.source}: ${f.fault}`,
    actions: (f) => [{ id: 'edit', label: `Correct ${f.source}` }],
  },
  'runtime.node-missing': {
    title: 'No Node.js was found for the gateway',
    retryable: false,
    detail: (f) => `The gateway needs Node ${f.needed}. Looked in: ${f.searched.join(', ')}.`,
    actions: (f) => [{ id: 'install-node', label: `Install Node ${f.needed}` }],
  },
  'runtime.node-too-old': {
    title: 'The Node.js found does not fit the gateway',
    retryable: false,
    detail: (f) => `Found ${f.found} at ${f.path}; the gateway needs ${f.needed}.`,
    actions: (f) => [{ id: 'install-node', label: `Install Node ${f.needed}` }],
  },
  'openclaw.not-installed': {
    title: 'OpenClaw is not installed',
    retryable: false,
    detail: (f) => `No "openclaw" in: ${f.searched.join(', ') || '(the PATH is empty)'}.`,
    actions: () => [
      { id: 'install-openclaw', label: 'Install OpenClaw', command: 'npm install -g openclaw' },
      { id: 'builtin', label: 'Try the built-in gateway', command: 'deskclaw start --gateway builtin' },
    ],
  },
  'auth.token-missing': plain('The gateway asks for a token', false, [
    {
      id: 'set-token',
      label: 'Name a file that holds it',
      command: 'DESKCLAW_TOKEN_FILE=/path/to/token deskclaw start',
    },
  ]),
  'auth.token-mismatch': {
    title: 'The gateway refused our token',
    retryable: false,
    detail: (f) =>
      `The token came from ${f.source}${f.message === undefined ? '' : `; the gateway says: ${f.message}`}.`,
    actions: (f) => [
      { id: 'fix-token', label: `Correct the token in ${f.source}` },
      { id: 'reconnect', label: 'Try again', command: 'deskclaw restart' },
    ],
  },
  'auth.pairing-required': {
    title: 'The gateway wants this device approved',
    retryable: false,
    detail: (f) =>
      `A pairing request is waiting${f.requestId === undefined ? '' : ` (${f.requestId})`}${f.reason === undefined ? '' : `: ${f.reason}`}.`,
    actions: (f) => [
      {
        id: 'approve',
        label: 'Approve it on the gateway',
        command: `openclaw devices approve${f.requestId === undefined ? '' : ` ${f.requestId}`}`,
      },
      retryNow,
    ],
  },
  'auth.scope-missing': {
    title: 'The gateway did not grant what this needs',
    retryable: false,
    detail: (f) => `Missing: ${f.missing.join(', ')}${f.method === undefined ? '' : ` (for ${f.method})`}.`,
    actions: () => [{ id: 'token-scope', label: 'Connect with a token or device that has these rights' }],
  },
  'auth.rate-limited': {
    title: 'The gateway slows us down after wrong tokens',
    retryable: true,
    detail: (f) =>
      f.retryAfterMs === undefined
        ? 'Too many failed logins.'
        : `Too many failed logins; it asks to wait ${seconds(f.retryAfterMs)}.`,
    actions: () => [{ id: 'fix-token', label: 'Correct the token' }],
  },
  'protocol.mismatch': {
    title: 'The gateway speaks another protocol version',
    retryable: false,
    detail: (f) => `We speak ${f.ours}, the gateway ${f.theirs}.`,
    actions: () => [{ id: 'upgrade', label: 'Bring DeskClaw and the gateway to versions that fit' }],
  },
  'method.not-offered': {
    title: 'This gateway does not offer that method',
    retryable: false,
    detail: (f) =>
      `"${f.method}" is not among what the gateway${f.version === undefined ? '' : ` (version ${f.version})`} offers.`,
    actions: () => [{ id: 'methods', label: 'Show what it offers', command: 'deskclaw methods' }],
  },
  'connection.refused': {
    title: 'Nothing accepts the connection',
    retryable: true,
    detail: (f) => `${f.url}: ${f.reason}.`,
    actions: () => [start, retryNow],
  },
  'connection.lost': {
    title: 'The connection to the gateway was lost',
    retryable: true,
    detail: (f) =>
      f.code === undefined
        ? 'The socket broke.'
        : `It was closed with code ${String(f.code)}${f.reason === undefined || f.reason === '' ? '' : ` (${f.reason})`}.`,
    actions: () => [retryNow, logs],
  },
  'connection.exhausted': {
    title: 'The gateway could not be reached',
    retryable: true,
    detail: (f) =>
      `${String(f.attempts)} attempts failed; the last: ${f.lastError}. Trying on every ${seconds(f.probeEveryMs)}.`,
    actions: () => [retryNow, logs],
  },
  'connection.timeout': {
    title: 'The gateway did not complete the connection',
    retryable: true,
    detail: (f) => `${f.url}: no end of "${f.step}" after ${seconds(f.waitedMs)}.`,
    actions: () => [retryNow, logs],
  },
  'tls.untrusted': plain('The gateway’s certificate is not trusted', false, none),
  'request.timeout': {
    title: 'The gateway did not answer in time',
    retryable: true,
    detail: (f) => `No answer to "${f.method}" within ${seconds(f.timeoutMs)}. Whether it took effect is unknown.`,
    actions: () => [{ id: 'longer', label: 'Wait longer', command: 'deskclaw call METHOD --timeout 120' }, status],
  },
  'request.cancelled': {
    title: 'The request was cancelled',
    retryable: true,
    detail: (f) => `"${f.method}" was cancelled by its caller.`,
    actions: () => none,
  },
  'request.overloaded': {
    title: 'Too much is under way',
    retryable: true,
    detail: (f) => `The limit of ${f.limit} is reached.`,
    actions: () => none,
  },
  'request.invalid': plain('The request is not valid', false, none),
  'command.invalid': {
    title: 'The command line was not understood',
    retryable: false,
    detail: (f) => f.detail,
    actions: (f) => [{ id: 'help', label: 'Show how it is used', command: f.help }],
  },
  'rpc.error': {
    title: 'The gateway answered with an error',
    retryable: false,
    detail: (f) => `${f.method}: ${f.message} (${String(f.code)}).`,
    actions: () => none,
  },
  aborted: plain('It was stopped before it was done', true, none),
  'host.unreachable': plain('The DeskClaw host does not answer', true, [start]),
  'host.version-mismatch': {
    title: 'The running DeskClaw host has another version',
    retryable: false,
    detail: (f) => `The host is ${f.host}, this program ${f.ours}.`,
    actions: () => [
      { id: 'restart-host', label: 'Stop the old one, then start', command: 'deskclaw stop && deskclaw start' },
    ],
  },
  'disk.full': plain('The disk is full', true, [{ id: 'paths', label: 'Show the folders', command: 'deskclaw paths' }]),
  internal: plain('DeskClaw itself failed', true, [
    { id: 'logs', label: 'Show logs', command: 'deskclaw logs --source supervisor' },
  ]),
};

/**
 * Words for a problem, the same in every shell.
 * @param at epoch ms.
 */
export function describeProblem<C extends ProblemCode>(code: C, facts: ProblemFacts<C>, at: number): Problem {
  const entry: Entry<C> = catalogue[code];
  return Object.freeze({
    code,
    title: entry.title,
    detail: entry.detail(facts),
    actions: entry.actions(facts),
    retryable: entry.retryable,
    at,
  });
}
