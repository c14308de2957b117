import type { ProblemFacts } from '../problem-facts.ts';
import { type Catalogue, plain, start, status } from './entry.ts';

const portReasons: Readonly<Record<ProblemFacts<'dashboard.port-unavailable'>['state'], string>> = {
  taken: 'is held by a program we cannot identify',
  forbidden: 'is not open to programs of ordinary users (those from 1024 up are)',
  'no-address': 'cannot be used: this machine has no loopback address',
};

export const hostProblems = {
  'dashboard.port-unavailable': {
    title: 'The dashboard cannot be served on that port',
    retryable: true,
    detail: ({ port, state, owner }) => {
      const reason = owner === undefined ? portReasons[state] : `is held by ${owner.name} (pid ${String(owner.pid)})`;
      return `Port ${String(port)} on 127.0.0.1 ${reason}.`;
    },
    actions: ({ owner }) => [
      { id: 'any-port', label: 'Use the last port, or any free one', command: 'deskclaw ui' },
      ...(owner === undefined
        ? []
        : [{ id: 'show-owner', label: 'Show that program', command: `ps -fp ${String(owner.pid)}` }]),
    ],
  },
  'state.locked': plain('Another program uses the state folder', true, [status]),
  'state.read-only': plain('DeskClaw cannot write to the state folder', false, [
    { id: 'paths', label: 'Show the folders', command: 'deskclaw paths' },
  ]),
  'config.invalid': {
    title: 'The configuration is not valid',
    retryable: false,
    detail: (f) => `${f.source}: ${f.fault}`,
    actions: (f) => [{ id: 'edit', label: `Correct ${f.source}` }],
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
  'disk.full': plain('The disk is full', true, [{ id: 'paths', label: 'Show the folders', command: 'deskclaw paths' }]),
  internal: plain('DeskClaw itself failed', true, [
    { id: 'logs', label: 'Show logs', command: 'deskclaw logs --source supervisor' },
  ]),
} satisfies Partial<Catalogue>;
