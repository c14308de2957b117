import { builtin, type Catalogue, logs, places, plain, quoteLines, shellWord } from './entry.ts';

/** Installed and chosen, for the one on the PATH goes first otherwise. */
function installManaged(version: string | undefined) {
  const label = 'Install OpenClaw with a Node of its own and start that';
  const install = 'deskclaw openclaw install';
  return version === undefined
    ? { id: 'install-managed', label, command: `${install} && deskclaw start` }
    : {
        id: 'install-managed',
        label,
        command: `${install} ${shellWord(version)} && deskclaw openclaw use ${shellWord(version)} && deskclaw start`,
      };
}

/** Problems of OpenClaw as a program: discovery, runtime, installation and upgrade. */
export const openClawProblems = {
  'runtime.node-missing': {
    title: 'No Node.js was found for the gateway',
    retryable: false,
    detail: (f) => `The gateway needs Node ${f.needed}. Searched: ${places(f.searched)}.`,
    actions: (f) => [{ id: 'install-node', label: `Install Node ${f.needed}` }],
  },
  'runtime.node-too-old': {
    title: 'The installed Node.js does not fit the gateway',
    retryable: false,
    detail: (f) => {
      const gateway = f.openclaw === undefined ? 'the gateway' : `OpenClaw ${f.openclaw.version} at ${f.openclaw.path}`;
      return `Found Node ${f.found} at ${f.path}; ${gateway} needs ${f.needed}.`;
    },
    actions: (f) => [installManaged(f.openclaw?.version), { id: 'install-node', label: `Or install Node ${f.needed}` }],
  },
  'runtime.npm-missing': {
    title: 'The program npm was not found',
    retryable: false,
    detail: (f) => `DeskClaw installs OpenClaw with npm, which comes with Node.js. Searched: ${places(f.searched)}.`,
    actions: () => [{ id: 'install-node', label: 'Install Node.js with npm' }, builtin],
  },
  'openclaw.not-installed': {
    title: 'OpenClaw is not installed',
    retryable: false,
    detail: (f) => `"openclaw" was not found in: ${places(f.searched)}.`,
    actions: () => [
      { id: 'install-openclaw', label: 'Install it and start it', command: 'deskclaw start --install' },
      { id: 'install-only', label: 'Only install it', command: 'deskclaw openclaw install' },
      builtin,
    ],
  },
  'openclaw.version-unknown': {
    title: 'This version of OpenClaw does not exist',
    retryable: false,
    detail: (f) => `openclaw@${f.version}: ${f.reason}`,
    actions: () => [
      { id: 'install-latest', label: 'Install the newest', command: 'deskclaw openclaw install' },
      { id: 'upgrade-latest', label: 'Or upgrade to the newest', command: 'deskclaw openclaw upgrade' },
    ],
  },
  'openclaw.version-missing': {
    title: 'That version of OpenClaw is not installed',
    retryable: false,
    detail: (f) =>
      f.installed.length === 0
        ? `OpenClaw ${f.version} is not installed, nor is any other version.`
        : `OpenClaw ${f.version} is not installed. Installed versions: ${f.installed.join(', ')}.`,
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
    title: 'OpenClaw was not installed',
    retryable: true,
    detail: (f) =>
      `OpenClaw ${f.version}, ${f.step}: ${f.reason}${f.lastLines.length === 0 ? '' : `\n${quoteLines(f.lastLines)}`}`,
    actions: (f) => [
      { id: 'install-again', label: 'Try again', command: `deskclaw openclaw install ${shellWord(f.version)}` },
      { id: 'list-versions', label: 'Show what is installed', command: 'deskclaw openclaw list' },
    ],
  },
  'openclaw.upgrade-failed': {
    title: 'OpenClaw was not upgraded',
    retryable: true,
    detail: (f) => `From ${f.from} to ${f.to}, ${f.step}: ${f.reason}\n${f.now}`,
    actions: () => [{ id: 'list-versions', label: 'Show what is installed', command: 'deskclaw openclaw list' }, logs],
  },
  'openclaw.needed': {
    title: 'That version of OpenClaw is still needed',
    retryable: false,
    detail: (f) =>
      `OpenClaw ${f.version} was not removed: ${f.needed.join(' and ')} still ${f.needed.length === 1 ? 'needs' : 'need'} it.`,
    actions: (f) => [
      f.runs
        ? { id: 'stop', label: 'Stop it first', command: 'deskclaw stop' }
        : {
            id: 'remove-needed',
            label: 'Remove it anyway',
            command: `deskclaw openclaw remove ${shellWord(f.version)} --force`,
          },
      { id: 'list-versions', label: 'Show what is installed', command: 'deskclaw openclaw list' },
    ],
  },
  'openclaw.no-previous': plain('There is no version to go back to', false, [
    { id: 'list-versions', label: 'Show what is installed', command: 'deskclaw openclaw list' },
  ]),
} satisfies Partial<Catalogue>;
