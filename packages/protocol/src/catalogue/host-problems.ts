import { type Catalogue, plain, start, status } from './entry.ts';

export const hostProblems = {
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
