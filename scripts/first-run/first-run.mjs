import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { readStatus, runCommand, startSupervised } from './deskclaw.mjs';
import { passEndingOn } from './ending.mjs';
import { isFree } from './free-port.mjs';

const DEFAULT_PORT = 18789;
const shell = 'npm run -s deskclaw --';

/** @param {readonly string[]} lines */
function say(...lines) {
  console.log(lines.join('\n'));
}

/** @param {import('./deskclaw.mjs').SeenStatus} status */
function alreadyRunning({ host, gateway }) {
  say(
    `A DeskClaw host runs already (pid ${host?.pid}); its gateway is ${gateway.state}. Two would fight over it.`,
    '',
    `  ${shell} status    what is true now`,
    `  ${shell} stop      end it; then npm start`,
    '',
    'To leave it alone and try a second one beside it: DESKCLAW_PROFILE=try npm start',
  );
}

/** @returns {Promise<number>} */
async function choosePort() {
  if (await isFree(DEFAULT_PORT)) return DEFAULT_PORT;
  say(`Port ${DEFAULT_PORT} is taken by another program; the gateway takes a free one.`);
  return 0;
}

/**
 * Shows a command as one would type it, and what it does.
 * @param {readonly string[]} args
 */
async function show(...args) {
  say('', `$ deskclaw ${args.map((arg) => (/\s/.test(arg) ? `"${arg}"` : arg)).join(' ')}`);
  const code = await runCommand(args);
  if (code !== 0) throw new Error(`"deskclaw ${args.join(' ')}" failed with exit code ${code}.`);
}

/** Two proofs and a look: an RPC, a streamed reply, the status screen. */
async function prove() {
  await show('call', 'system.health');
  await show('chat', 'hello');
  await show('status');
}

/** @param {number | undefined} gatewayPid */
function tellWhatNext(gatewayPid) {
  const next = /** @type {const} */ ([
    [`${shell} ui`, 'the dashboard, in the browser'],
    [`${shell} status --watch`, 'show the status and its changes'],
    [`kill -9 ${gatewayPid ?? 'PID'}`, 'kill the gateway, and watch it come back'],
    [`${shell} history`, 'what happened, and why'],
    [`${shell} chat`, 'a conversation with it'],
    [`${shell} methods`, 'what it can be asked'],
    [`${shell} help`, 'everything else'],
  ]);
  const width = Math.max(...next.map(([command]) => command.length));
  say(
    '',
    'It runs until Ctrl-C. In another terminal, in this folder:',
    '',
    ...next.map(([command, does]) => `  ${command.padEnd(width)}  ${does}`),
    '',
  );
}

/** @param {import('node:child_process').ChildProcess} child */
async function runningGateway(child) {
  // Not `status --watch`: at first there is no host to watch.
  while (child.exitCode === null && child.signalCode === null) {
    const status = await readStatus();
    if (status.gateway.state === 'running') return status.gateway;
    await delay(100);
  }
  return undefined;
}

/**
 * The built-in gateway under supervision, proven and shown, until a signal ends it.
 * @returns {Promise<number>} the exit code
 */
export async function firstRun() {
  const before = await readStatus();
  if (before.host !== null) {
    alreadyRunning(before);
    return 1;
  }
  say('Starting the built-in gateway under supervision ...');
  const child = startSupervised(await choosePort());
  const ended = once(child, 'exit');
  const ending = passEndingOn(child);
  try {
    const gateway = await runningGateway(child);
    if (gateway !== undefined) {
      await prove();
      tellWhatNext(gateway.pid);
    }
  } catch (error) {
    // A proof that a Ctrl-C cut short proves nothing either way.
    if (!ending.asked()) {
      child.kill('SIGTERM');
      await ended;
      throw error;
    }
  }
  const [code] = await ended;
  return code ?? 1;
}
