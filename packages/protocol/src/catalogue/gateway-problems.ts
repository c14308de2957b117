import type { ProblemAction } from '../problem.ts';
import type { ProblemFacts } from '../problem-facts.ts';
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
    remedy: () => ({
      id: 'install',
      label: 'Install it, or name its full path',
      command: 'deskclaw start --command "/full/path/to/gateway --port {port}"',
    }),
  },
  'not-executable': {
    detail: (f) => `"${f.command}" exists but may not be executed.`,
    remedy: (f) => ({ id: 'chmod', label: 'Make it executable', command: `chmod +x ${shellWord(f.command)}` }),
  },
  'no-folder': {
    detail: (f) => `The working folder "${f.command}" does not exist.`,
    remedy: (f) => ({
      id: 'make-folder',
      label: 'Make that folder, or name another one',
      command: `mkdir -p ${shellWord(f.command)}`,
    }),
  },
};

export const gatewayProblems = {
  'gateway.not-found': {
    title: 'The gateway program was not found',
    retryable: false,
    detail: (f) => notFound[f.reason].detail(f),
    actions: (f) => [notFound[f.reason].remedy(f), builtin],
  },
  'gateway.exited': {
    title: 'The gateway exited',
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
    detail: (f) => {
      const lastAttempt = f.lastError === undefined ? '' : ` (last attempt: ${quotedSentence(f.lastError)})`;
      return f.attachedTo === undefined
        ? `It ran for ${duration(f.waitedMs)} without accepting a connection${lastAttempt}.\n${quoteLines(f.lastLines)}`
        : `No gateway answered at ${f.attachedTo} within ${duration(f.waitedMs)}${lastAttempt}.`;
    },
    actions: () => [{ id: 'wait-longer', label: 'Give it more time', command: 'deskclaw start --timeout 300' }, logs],
  },
  'gateway.unresponsive': plain('The gateway does not answer', true, [retry, logs]),
  'gateway.draining': plain('The gateway is finishing running work before it stops', true, [
    { id: 'force', label: 'Stop now', command: 'deskclaw stop --force' },
  ]),
  'gateway.not-running': plain('The gateway is not running', true, [start]),
  'gateway.orphaned': {
    title: 'The gateway runs, but the host that started it is gone',
    retryable: true,
    detail: (f) => `Process ${String(f.pid)} holds port ${String(f.port)}, and no host supervises it.`,
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
  'crash.loop': {
    title: 'The gateway keeps crashing; automatic restarts are paused',
    retryable: true,
    detail: (f) => `${String(f.crashes)} crashes within ${duration(f.windowMs)}. The last one: ${exitSentence(f.last)}`,
    actions: () => [retry, logs],
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
