import type { ProblemAction } from '../problem.ts';
import type { LoopbackPortFacts, ProblemFacts } from '../problem-facts.ts';
import { type Catalogue, paths, plain, retry, shellWord, start, status } from './entry.ts';

const portReasons: Readonly<Record<LoopbackPortFacts['state'], string>> = {
  taken: 'is held by a program we cannot identify',
  forbidden: 'is not open to programs of ordinary users (those from 1024 up are)',
  'no-address': 'cannot be used: this machine has no loopback address',
};

const limitCauses: Readonly<Record<ProblemFacts<'system.limit'>['of'], string>> = {
  descriptors: 'DeskClaw has as many open files and connections as this process may have',
  'system-descriptors': 'All programs of this machine together have as many open files as the system allows',
  processes: 'The system starts no more processes for this user',
  memory: 'The system has no memory left for this',
};

function unavailablePort({ port, state, owner }: LoopbackPortFacts): string {
  const reason = owner === undefined ? portReasons[state] : `is held by ${owner.name} (pid ${String(owner.pid)})`;
  return `Port ${String(port)} on 127.0.0.1 ${reason}.`;
}

function showOwner(owner: LoopbackPortFacts['owner']): readonly ProblemAction[] {
  return owner === undefined
    ? []
    : [{ id: 'show-owner', label: 'Show that program', command: `ps -fp ${String(owner.pid)}` }];
}

const otherFolder = {
  id: 'other-folder',
  label: 'Or keep everything in another folder',
  command: 'DESKCLAW_HOME="$HOME/.deskclaw-2" deskclaw start',
} as const;
/** Works wherever temporary files do, also without a home folder. The name is new each time: nobody else can have made it. */
const temporaryFolder = {
  id: 'other-folder',
  label: 'Or keep everything in a temporary folder until then',
  command: 'export DESKCLAW_HOME="$(mktemp -d)" && deskclaw start',
} as const;

export const hostProblems = {
  'dashboard.port-unavailable': {
    title: 'The dashboard cannot be served on that port',
    retryable: true,
    detail: unavailablePort,
    actions: ({ owner }) => [
      { id: 'any-port', label: 'Use the last port, or any free one', command: 'deskclaw ui' },
      ...showOwner(owner),
    ],
  },
  'metrics.port-unavailable': {
    title: 'The metrics cannot be served on that port',
    retryable: true,
    detail: unavailablePort,
    actions: ({ owner }) => [
      { id: 'any-port', label: 'Use any free port', command: 'deskclaw start --metrics-port 0' },
      ...showOwner(owner),
    ],
  },
  'state.locked': {
    title: 'Another program uses the state folder',
    retryable: true,
    detail: (f) => f.detail,
    actions: ({ lock }) =>
      lock === undefined
        ? [status]
        : [
            {
              id: 'remove-lock',
              label: 'If that process has ended, remove its lock',
              command: `rm ${shellWord(lock)}`,
            },
          ],
  },
  'state.read-only': {
    title: 'DeskClaw cannot write to its folder',
    retryable: false,
    detail: (f) => f.detail,
    actions: ({ folder }) => [
      ...(folder === undefined
        ? [paths]
        : [
            {
              id: 'show-owner',
              label: 'Show who may write to it',
              command: `ls -ld ${shellWord(folder)}`,
            },
            { ...start, id: 'allow', label: `Let yourself write to ${folder}, then start again` },
          ]),
      temporaryFolder,
    ],
  },
  'profile.in-use': {
    title: 'The profile is in use',
    retryable: true,
    detail: ({ profile, running }) => `Profile "${profile}" cannot be removed: ${running}.`,
    actions: ({ profile, isUpgrade }) => [
      isUpgrade === true
        ? { id: 'finish-upgrade', label: 'Finish it first', command: `deskclaw start --profile ${shellWord(profile)}` }
        : { id: 'stop', label: 'Stop it first', command: `deskclaw stop --profile ${shellWord(profile)}` },
    ],
  },
  'state.foreign': {
    title: 'A file or folder of DeskClaw belongs to another user',
    retryable: false,
    detail: (f) => `${f.path} ${f.fault}. That user could replace what is in it, so DeskClaw does not use it.`,
    actions: (f) => [
      { id: 'show-owner', label: 'Show whose it is', command: `ls -ld ${shellWord(f.path)}` },
      otherFolder,
      ...(f.user === undefined
        ? []
        : [
            {
              id: 'trust-owner',
              label: 'Or trust that user (a volume of a container, for example)',
              command: `DESKCLAW_TRUST_USERS=${f.user} deskclaw start`,
            },
          ]),
      paths,
    ],
  },
  'config.invalid': {
    title: 'The configuration is not valid',
    retryable: false,
    detail: (f) => `${f.source}: ${f.fault}`,
    actions: ({ source, fixes = [] }) => [
      ...fixes.map((fix, index) => ({ id: `fix-${String(index + 1)}`, ...fix })),
      // A port that was typed is not corrected anywhere: another one is typed.
      ...(source === 'port' && fixes.length > 0
        ? []
        : [{ ...start, id: 'edit', label: `Correct ${source}, then start again` }]),
    ],
  },
  'host.unreachable': plain('The DeskClaw host does not answer', true, [start]),
  'host.version-mismatch': {
    title: 'The running DeskClaw host has another version',
    retryable: false,
    detail: (f) => {
      const process = f.pid === undefined ? '' : ` The host is process ${String(f.pid)}.`;
      return `The host is ${f.host}, this program ${f.ours}.${process}`;
    },
    actions: (f) =>
      f.stopCommand === undefined
        ? [
            {
              id: 'restart-host',
              label: 'Stop the old host, then start again',
              command: 'deskclaw stop && deskclaw start',
            },
          ]
        : [
            { id: 'stop-host', label: 'Stop the old host', command: f.stopCommand },
            { ...start, label: 'Then start' },
          ],
  },
  'disk.full': {
    title: 'The disk is full',
    retryable: true,
    detail: (f) => f.detail,
    actions: ({ folder }) =>
      folder === undefined
        ? [paths, { ...start, id: 'free-space', label: 'Free space on that disk, then start again' }]
        : [
            { id: 'show-space', label: 'Show the space on that disk', command: `df -h ${shellWord(folder)}` },
            { ...start, id: 'free-space', label: `Free space on the disk of ${folder}, then start again` },
          ],
  },
  'system.limit': {
    title: 'The system has no room for more',
    retryable: true,
    detail: ({ of, code, during, max }) => {
      const limit = max === undefined ? '' : `, ${String(max)}`;
      return `${limitCauses[of]}${limit} (${code}, ${during}). DeskClaw tries again by itself when there is room.`;
    },
    actions: ({ of }) =>
      of === 'descriptors'
        ? [
            {
              id: 'raise-limit',
              label: 'Start it with more open files',
              command: 'deskclaw stop; ulimit -n 4096 && deskclaw start',
            },
          ]
        : [{ ...retry, label: 'Try again when other programs have ended' }],
  },
  internal: plain('DeskClaw itself failed', true, [
    { id: 'logs', label: 'Show logs', command: 'deskclaw logs --source supervisor' },
  ]),
} satisfies Partial<Catalogue>;
