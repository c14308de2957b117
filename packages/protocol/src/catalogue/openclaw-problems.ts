import { builtin, logs } from './actions.ts';
import { type Catalogue, plain } from './entry.ts';
import { places, quoteLines, shellWord } from './wording.ts';

/** OpenClaw as a program: whether it is here, what it runs on, and what becomes of installing it. */
export const openClawProblems = {
  'runtime.node-missing': {
    title: 'No Node.js was found for the gateway',
    retryable: false,
    detail: (f) => `The gateway needs Node ${f.needed}. Looked in: ${places(f.searched)}.`,
    actions: (f) => [{ id: 'install-node', label: `Install Node ${f.needed}` }],
  },
  'runtime.node-too-old': {
    title: 'The Node.js found does not fit the gateway',
    retryable: false,
    detail: (f) => `Found ${f.found} at ${f.path}; the gateway needs ${f.needed}.`,
    actions: (f) => [
      { id: 'install-managed', label: 'Install OpenClaw with a Node of its own', command: 'deskclaw openclaw install' },
      { id: 'install-node', label: `Or install Node ${f.needed}` },
    ],
  },
  'runtime.npm-missing': {
    title: 'No npm was found to install with',
    retryable: false,
    detail: (f) => `OpenClaw is installed by npm, which comes with Node.js. Looked in: ${places(f.searched)}.`,
    actions: () => [{ id: 'install-node', label: 'Install Node.js with npm' }, builtin],
  },
  'openclaw.not-installed': {
    title: 'OpenClaw is not installed',
    retryable: false,
    detail: (f) => `No "openclaw" in: ${places(f.searched)}.`,
    actions: () => [
      { id: 'install-openclaw', label: 'Install it and start it', command: 'deskclaw start --install' },
      { id: 'install-only', label: 'Only install it', command: 'deskclaw openclaw install' },
      builtin,
    ],
  },
  'openclaw.version-unknown': {
    title: 'There is no such version of OpenClaw',
    retryable: false,
    detail: (f) => `openclaw@${f.version}: ${f.reason}`,
    actions: () => [{ id: 'install-latest', label: 'Install the newest', command: 'deskclaw openclaw install' }],
  },
  'openclaw.version-missing': {
    title: 'That version of OpenClaw is not installed here',
    retryable: false,
    detail: (f) =>
      f.installed.length === 0
        ? `There is no OpenClaw ${f.version} here, nor any other version.`
        : `There is no OpenClaw ${f.version} here; installed are: ${f.installed.join(', ')}.`,
    actions: (f) => [
      ...(f.unwanted === true
        ? []
        : [
            {
              id: 'install-version',
              label: 'Install it',
              command: `deskclaw openclaw install ${shellWord(f.version)}`,
            },
          ]),
      { id: 'list-versions', label: 'Show what is installed', command: 'deskclaw openclaw list' },
    ],
  },
  'openclaw.install-failed': {
    title: 'OpenClaw could not be installed',
    retryable: true,
    detail: (f) =>
      `OpenClaw ${f.version}, ${f.step}: ${f.reason}${f.lastLines.length === 0 ? '' : `\n${quoteLines(f.lastLines)}`}`,
    actions: (f) => [
      { id: 'install-again', label: 'Try again', command: `deskclaw openclaw install ${shellWord(f.version)}` },
      { id: 'list-versions', label: 'Show what is installed', command: 'deskclaw openclaw list' },
    ],
  },
  'openclaw.upgrade-failed': {
    title: 'The other version of OpenClaw was not taken',
    retryable: true,
    detail: (f) => `From ${f.from} to ${f.to}, ${f.step}: ${f.reason}\n${f.now}`,
    actions: () => [{ id: 'list-versions', label: 'Show what is installed', command: 'deskclaw openclaw list' }, logs],
  },
  'openclaw.needed': {
    title: 'That version of OpenClaw is needed',
    retryable: false,
    detail: (f) => `OpenClaw ${f.version} was not removed: ${f.needed.join(' and ')} would miss it.`,
    actions: (f) => [
      f.runs
        ? { id: 'stop', label: 'Stop it first', command: 'deskclaw stop' }
        : {
            id: 'remove-needed',
            label: 'Remove it all the same',
            command: `deskclaw openclaw remove ${shellWord(f.version)} --force`,
          },
      { id: 'list-versions', label: 'Show what is installed', command: 'deskclaw openclaw list' },
    ],
  },
  'openclaw.no-previous': plain('There is no version to go back to', false, [
    { id: 'list-versions', label: 'Show what is installed', command: 'deskclaw openclaw list' },
  ]),
} satisfies Partial<Catalogue>;
