import type { ProblemAction } from '../problem.ts';
import type { ProblemFacts } from '../problem-facts.ts';
import { addressText, describeLastOutput, describeStartFinding, type LastOutput } from '../start-finding.ts';
import {
  builtin,
  type Catalogue,
  duration,
  exitSentence,
  logs,
  places,
  plain,
  quotedSentence,
  quoteLines,
  retry,
  shellWord,
  start,
  status,
} from './entry.ts';

type NotFound = ProblemFacts<'gateway.not-found'>;

/** The start again, with its options, once a person has done what the label says. */
function afterwards(id: string, label: string): ProblemAction {
  return { id, label: `${label}, then start again`, command: 'deskclaw start' };
}

function missingInterpreter({ command, interpreter = '' }: NotFound): string {
  const named = interpreter.replace('\r', '');
  const fault =
    named === interpreter
      ? 'which does not exist'
      : 'and that line ends with a carriage return (CRLF line ends), which the system takes for a part of the name';
  return `The first line of "${command}" names the interpreter "${named}", ${fault}.`;
}

function interpreterRemedy({ command, interpreter = '' }: NotFound): ProblemAction {
  return interpreter.includes('\r')
    ? {
        id: 'line-ends',
        label: 'Give it line ends of Unix',
        command: `sed -i 's/\\r$//' ${shellWord(command)} && deskclaw start`,
      }
    : afterwards('interpreter', `Install ${interpreter}, or correct the first line of ${command}`);
}

const notFound: Readonly<
  Record<
    NotFound['reason'],
    { readonly detail: (f: NotFound) => string; readonly remedy: (f: NotFound) => ProblemAction }
  >
> = {
  missing: {
    // A path is tried in one place only, whatever the PATH is.
    detail: (f) =>
      /[\\/]/.test(f.command)
        ? `There is no file "${f.command}".`
        : `"${f.command}" was not found in: ${places(f.searched)}.`,
    remedy: (f) => afterwards('install', `Install "${f.command}", or correct its name in --command`),
  },
  'not-executable': {
    detail: (f) => `"${f.command}" exists but may not be executed.`,
    remedy: (f) => ({
      id: 'chmod',
      label: 'Make it executable and start it',
      command: `chmod +x ${shellWord(f.command)} && deskclaw start`,
    }),
  },
  'is-folder': {
    detail: (f) => `"${f.command}" is a folder, not a program.`,
    remedy: (f) => ({
      id: 'list-folder',
      label: 'Look for the program in it',
      command: `ls -la ${shellWord(f.command)}`,
    }),
  },
  'no-interpreter': { detail: missingInterpreter, remedy: interpreterRemedy },
  'not-a-program': {
    detail: (f) =>
      `"${f.command}" is no program that this system can run (ENOEXEC): it was built for another machine, or it is a script whose first line does not begin with #!.`,
    remedy: (f) => afterwards('replace', `Replace ${f.command} by a program for this system`),
  },
  'no-folder': {
    detail: (f) => `The working folder "${f.command}" does not exist.`,
    remedy: (f) => ({
      id: 'make-folder',
      label: 'Make that folder and start',
      command: `mkdir -p ${shellWord(f.command)} && deskclaw start`,
    }),
  },
  'closed-folder': {
    detail: (f) => `The working folder "${f.command}" may not be entered (EACCES).`,
    remedy: (f) => ({
      id: 'open-folder',
      label: 'Allow yourself to enter it and start',
      command: `chmod u+rx ${shellWord(f.command)} && deskclaw start`,
    }),
  },
};

type StartTimeout = ProblemFacts<'gateway.start-timeout'>;

/** What the program itself said comes after what was found: the finding alone would not tell why. */
function withOutput(sentence: string, said: LastOutput | undefined): string {
  return said === undefined ? sentence : `${sentence} ${describeLastOutput(said)}`;
}

function startTimeoutDetail(f: StartTimeout): string {
  const lastAttempt = f.lastError === undefined ? '' : ` (last attempt: ${quotedSentence(f.lastError)})`;
  const found = f.finding === undefined ? '' : ` ${describeStartFinding(f.finding)}`;
  if (f.attachedTo !== undefined)
    return `No gateway answered at ${f.attachedTo} within ${duration(f.waitedMs)}${lastAttempt}.${found}`;
  const ran = `It ran for ${duration(f.waitedMs)} without accepting a connection${lastAttempt}.${found}`;
  return [ran, ...startOutput(f)].join('\n');
}

/** The last lines, and the last meaningful one where it is not among them as it stands. */
function startOutput({ lastLines, said }: StartTimeout): readonly string[] {
  const isQuoted = said !== undefined && said.waits !== true && lastLines.includes(said.text);
  const isKnown = said !== undefined && lastLines.length === 0;
  return [
    ...(isKnown ? [] : [quoteLines(lastLines)]),
    ...(said === undefined || isQuoted ? [] : [describeLastOutput(said)]),
  ];
}

/** An address to connect to, for one to listen on. */
function reachable(address: string, asked: string): string {
  if (address === '0.0.0.0') return '127.0.0.1';
  return address === '::' ? asked : address;
}

/** Takes the gateway where it is: first where only the port differs, which is one flag. */
function addressRemedies(f: ProblemFacts<'gateway.wrong-address'>): readonly ProblemAction[] {
  const places = f.listens.map(({ address, port }) => ({ address: reachable(address, f.asked.address), port }));
  const place = places.find(({ address }) => address === f.asked.address) ?? places[0];
  if (place === undefined) return [];
  const begin = place.port === f.asked.port ? 'deskclaw start' : `deskclaw start --port ${String(place.port)}`;
  return [
    {
      id: 'connect-there',
      label: `Connect to ${addressText(place)}`,
      command: place.address === f.asked.address ? begin : `deskclaw config set host ${place.address} && ${begin}`,
    },
  ];
}

const fixCommand: ProblemAction = {
  ...start,
  id: 'fix-command',
  label: 'Correct the command of the gateway (or the address to attach to), then start again',
};

/** Whether the answer shows that a server of gateways may be there, and serves another path. */
function maybeElsewhere({ answer: { status, location } }: ProblemFacts<'gateway.not-a-gateway'>): boolean {
  return status >= 400 || location !== undefined;
}

/** The target of a redirect on the same server, else the root for a path, and `/ws` for the root. */
function otherPath({ url, answer }: ProblemFacts<'gateway.not-a-gateway'>): string {
  const [, server = '', path = ''] = /^wss?:\/\/([^/?#]*)([^?#]*)/.exec(url) ?? [];
  const target = answer.location?.replace(/^https?:\/\/([^/?#]*)/, (origin, host: string) =>
    host === server ? '' : origin,
  );
  const moved = target === undefined ? undefined : /^\/[^?#]*/.exec(target)?.[0];
  if (moved !== undefined && moved !== path) return moved;
  return path === '' || path === '/' ? '/ws' : '/';
}

function exitRemedies({ cause, command }: ProblemFacts<'gateway.exited'>): readonly ProblemAction[] {
  switch (cause) {
    case 'configuration':
      return [
        {
          id: 'fix-config',
          label: `Correct the configuration of ${command}, then start again`,
          command: 'deskclaw start',
        },
      ];
    case 'newer-state':
      return [{ id: 'list-versions', label: 'Choose a version that is as new', command: 'deskclaw openclaw list' }];
    case 'managed-elsewhere':
      return [
        { id: 'use-manager', label: 'Start it with the manager that owns its state, or use another state folder' },
      ];
    case 'state-locked':
      return [{ id: 'retry', label: 'End that process, then try again', command: 'deskclaw start' }];
    case 'port-in-use':
      return [{ id: 'any-port', label: 'Use any free port', command: 'deskclaw start --port 0' }];
    case 'requested':
    case 'clean':
    case 'runtime':
    case 'out-of-memory':
    case 'killed':
    case 'not-started':
    case 'crash':
      return [{ ...retry, label: `Correct what ${command} reports, then start again` }];
    default:
      return cause satisfies never;
  }
}

export const gatewayProblems = {
  'gateway.not-found': {
    title: 'The gateway program cannot be run',
    retryable: false,
    detail: (f) => notFound[f.reason].detail(f),
    actions: (f) => [notFound[f.reason].remedy(f), builtin],
  },
  'gateway.exited': {
    title: 'The gateway exited',
    retryable: true,
    detail: exitSentence,
    actions: (f) => [...exitRemedies(f), logs],
    cause: (f) => f.cause,
  },
  'gateway.start-timeout': {
    title: 'The gateway did not become ready in time',
    retryable: true,
    detail: startTimeoutDetail,
    actions: (f) => {
      const seconds = Math.max(300, Math.ceil(f.waitedMs / 1_000) * 2);
      const wait = {
        id: 'wait-longer',
        label: 'If it is only slow, give it more time',
        command: `deskclaw start --timeout ${String(seconds)}`,
      };
      if (f.attachedTo !== undefined)
        return [
          {
            ...start,
            id: 'start-there',
            label: `Start the gateway at ${f.attachedTo}, or correct its address ("url" in the settings), then try again`,
          },
        ];
      return f.finding?.kind === 'unanswered'
        ? [fixCommand, logs]
        : [
            wait,
            {
              ...fixCommand,
              label: 'If it never listens, correct its command ({port} is filled in), then start again',
            },
            logs,
          ];
    },
  },
  'gateway.wrong-address': {
    title: 'The gateway listens at another address',
    retryable: false,
    detail: (f) => withOutput(describeStartFinding({ kind: 'wrong-address', ...f }), f.said),
    actions: (f) => [
      ...addressRemedies(f),
      {
        id: 'placeholders',
        label: 'Or pass the address to the program: {host} and {port} in its command are filled in',
      },
      logs,
    ],
  },
  'gateway.not-a-gateway': {
    title: 'Something other than a gateway answers',
    retryable: true,
    detail: (f) => withOutput(describeStartFinding({ kind: 'not-a-gateway', ...f }), f.said),
    actions: (f) => [
      ...(maybeElsewhere(f)
        ? [
            {
              id: 'other-path',
              label: 'If the gateway is served under another path, name that ("path" in the settings or options)',
              command: `deskclaw start --path ${shellWord(otherPath(f))}`,
            },
          ]
        : []),
      fixCommand,
      logs,
    ],
  },
  'gateway.unresponsive': {
    title: 'The gateway does not answer',
    retryable: true,
    detail: (f) => f.detail,
    actions: ({ stoppedPid }) =>
      stoppedPid === undefined
        ? [{ ...retry, label: 'Restart it' }, logs]
        : [
            { id: 'continue', label: 'Let its process go on', command: `kill -CONT ${String(stoppedPid)}` },
            { ...retry, label: 'Or restart it' },
          ],
  },
  'gateway.draining': plain('The gateway is finishing running work before it stops', true, [
    { id: 'force', label: 'Stop now', command: 'deskclaw stop --force' },
  ]),
  'gateway.migrating': plain('The gateway is migrating its data', true, [
    { ...status, label: 'Watch it', command: 'deskclaw status --watch' },
    { id: 'force', label: 'Stop it all the same, at the risk of its data', command: 'deskclaw stop --force --yes' },
  ]),
  'gateway.not-running': {
    title: 'The gateway is not running',
    retryable: true,
    detail: (f) => f.detail,
    actions: (f) =>
      f.isOnItsWay === true
        ? [
            { ...start, id: 'reconnect', label: 'Wait until it runs' },
            { id: 'why', label: 'Show why it went away', command: 'deskclaw why' },
          ]
        : [start],
  },
  'gateway.orphaned': {
    title: 'The gateway runs, but the host that started it is gone',
    retryable: true,
    detail: (f) => {
      const host = f.hostPid === undefined ? '' : ` Its host (pid ${String(f.hostPid)}) was killed.`;
      return `Process ${String(f.pid)} holds port ${String(f.port)}, and no host supervises it.${host}`;
    },
    actions: () => [
      { id: 'take-back', label: 'Adopt it', command: 'deskclaw start' },
      { id: 'stop', label: 'Stop it', command: 'deskclaw stop' },
    ],
  },
  'gateway.not-owned': plain('Someone else started this gateway', false, [status]),
  'gateway.not-stopped': {
    title: 'The gateway could not be stopped',
    retryable: true,
    detail: (f) =>
      `Still there ${duration(f.waitedMs)} after SIGKILL: ${f.survivors.join(', ')}. The system holds it, or it belongs to another user.`,
    actions: () => [
      { id: 'stop', label: 'Try to stop it again', command: 'deskclaw stop' },
      { id: 'processes', label: 'Show processes', command: 'ps -ef' },
    ],
  },
  'gateway.running-differently': plain('The gateway already runs with other settings', false, [
    { id: 'stop-start', label: 'Stop it first', command: 'deskclaw stop' },
    status,
  ]),
  'gateway.managed-elsewhere': {
    title: 'Another manager runs this gateway',
    retryable: false,
    detail: (f) =>
      `${f.manager} manages this gateway: ${f.found}. Two managers would restart what the other ends, so DeskClaw started nothing.`,
    actions: (f) =>
      f.commands === undefined
        ? [{ id: 'use-manager', label: `Start it with ${f.manager}, or use another state folder` }, status]
        : [
            {
              id: 'use-manager',
              label: 'Start it with that manager; DeskClaw attaches to it',
              command: f.commands.start,
            },
            {
              id: 'take-over',
              label: 'Or let DeskClaw manage it: remove the other one, then start',
              command: `${f.commands.remove} && deskclaw start`,
            },
          ],
  },
  'crash.loop': {
    title: 'The gateway keeps crashing; automatic restarts are paused',
    retryable: true,
    detail: (f) => `${String(f.crashes)} crashes within ${duration(f.windowMs)}. The last one: ${exitSentence(f.last)}`,
    actions: ({ last }) => [...exitRemedies(last), logs],
    cause: ({ last }) => last.cause,
  },
  'port.in-use': {
    title: 'Another program uses the port',
    retryable: true,
    detail: (f) => {
      const owner =
        f.owner === undefined ? 'a program we cannot identify' : `${f.owner.name} (pid ${String(f.owner.pid)})`;
      return `Port ${String(f.port)} on ${f.host} is held by ${owner}${f.answers === undefined ? '' : `, which answers with ${f.answers.replace(/\.$/, '')}`}. DeskClaw left it alone.`;
    },
    actions: (f) => [
      f.port < 65535
        ? {
            id: 'other-port',
            label: `Use port ${String(f.port + 1)}`,
            command: `deskclaw start --port ${String(f.port + 1)}`,
          }
        : { id: 'other-port', label: 'Use any free port', command: 'deskclaw start --port 0' },
      ...(f.owner === undefined
        ? []
        : [{ id: 'show-owner', label: 'Show that program', command: `ps -fp ${String(f.owner.pid)}` }]),
    ],
  },
} satisfies Partial<Catalogue>;
