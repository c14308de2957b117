/**
 * Plays the first hour of a user in a real terminal (tmux) with a home folder of its own: from nothing to a chat, a crash, its cause and a
 * bundle for a bug report. Writes what the terminal showed to docs/new-user-session.txt, or to the file that is named.
 *
 *   node scripts/new-user-session.mjs [FILE]
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { deskclaw, pinnedNode, root } from './setup/workspace.mjs';

const COLUMNS = 100;
const POLL_MS = 100;
const LONGEST_STEP_MS = 60_000;
const PROMPT = 'you@desk:~$';

/** What is typed, and what must be on the screen after it. `keys`: typed one after the other. `crash`: the pid on the screen is killed. */
/** @type {readonly { type?: string; keys?: readonly string[]; crash?: true; shows?: RegExp }[]} */
const steps = [
  { type: 'deskclaw start', shows: /openclaw\.not-installed/ },
  { type: 'deskclaw start --gateway builtin --port 0', shows: /running +pid \d+/ },
  { type: 'deskclaw chat "hello"', shows: /hello/ },
  { type: 'deskclaw status', shows: /Gateway/ },
  { crash: true },
  { type: 'deskclaw status', shows: /SIGKILL/ },
  { type: 'deskclaw history', shows: /SIGKILL/ },
  { type: 'deskclaw why', shows: /What to do/ },
  { type: 'deskclaw history --export crash.json', shows: /secrets removed/ },
  { type: 'deskclaw doctor --quiet', shows: /check/ },
  { type: 'deskclaw diagnose -o bug.zip', shows: /bug\.zip/ },
  { type: 'source <(deskclaw completion bash)' },
  { keys: ['deskclaw conf', 'Tab', 'un', 'Tab', 'port'], shows: /deskclaw config unset port/ },
  { type: 'man deskclaw | head -n 12', shows: /DESKCLAW\(1\)/ },
  { type: 'deskclaw help topics', shows: /scripting/ },
  { type: 'deskclaw stop', shows: /Stopped/ },
];

const home = realpathSync(mkdtempSync(join(tmpdir(), 'deskclaw-session-')));
const socket = `deskclaw-session-${String(process.pid)}`;

/** @param {readonly string[]} args */
function tmux(...args) {
  return execFileSync('tmux', ['-L', socket, ...args], { encoding: 'utf8' });
}

/** The whole of what the terminal showed, without the empty rest of the screen. */
function screen() {
  return tmux('capture-pane', '-p', '-J', '-S', '-', '-t', 'user').trimEnd();
}

/** A shell whose home holds nothing but the program and its manual page, as `npm install -g` leaves them. */
function prepareHome() {
  const bin = join(home, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'deskclaw'), `#!/bin/sh\nexec '${pinnedNode}' '${deskclaw}' "$@"\n`);
  chmodSync(join(bin, 'deskclaw'), 0o755);
  const man = join(home, 'share', 'man', 'man1');
  mkdirSync(man, { recursive: true });
  execFileSync('cp', [join(root, 'apps', 'cli', 'dist', 'man', 'deskclaw.1'), man]);
  writeFileSync(join(home, '.bashrc'), `PS1='${PROMPT} '\n`);
}

function openTerminal() {
  const env = {
    HOME: home,
    PATH: `${join(home, 'bin')}:/usr/local/bin:/usr/bin:/bin`,
    MANPATH: join(home, 'share', 'man'),
    LANG: 'C.UTF-8',
    TERM: 'screen-256color',
    DESKCLAW_HOME: join(home, '.deskclaw'),
  };
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const shell = ['env', '-i', ...variables, 'bash', '--noprofile', '--rcfile', join(home, '.bashrc'), '-i'];
  const size = ['-x', String(COLUMNS), '-y', '50'];
  tmux('-f', '/dev/null', 'new-session', '-d', '-s', 'user', ...size, '-c', home, ...shell);
  tmux('set-option', '-g', 'history-limit', '20000');
}

/** Resolves when the shell asks for the next command. @param {string} before @param {string} what */
async function untilPrompt(before, what) {
  for (let waited = 0; waited < LONGEST_STEP_MS; waited += POLL_MS) {
    await wait(POLL_MS);
    const shown = screen();
    if (shown.endsWith(PROMPT) && shown !== before) return shown;
  }
  throw new Error(`"${what}" did not end within ${String(LONGEST_STEP_MS / 1_000)} s:\n${screen()}`);
}

/** @param {readonly string[]} args */
function run(...args) {
  return execFileSync(pinnedNode, [deskclaw, ...args], {
    encoding: 'utf8',
    env: { ...process.env, HOME: home, DESKCLAW_HOME: join(home, '.deskclaw') },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

/** Resolves when another process than that one is the gateway. @param {string} pid */
async function untilRestarted(pid) {
  for (let waited = 0; waited < LONGEST_STEP_MS; waited += POLL_MS) {
    await wait(POLL_MS);
    try {
      const { gateway } = JSON.parse(run('status', '--json'));
      if (gateway.state === 'running' && String(gateway.pid) !== pid) return;
    } catch {
      // Any exit code but 0: it does not run yet.
    }
  }
  throw new Error('the gateway did not come back');
}

async function play() {
  let shown = await untilPrompt('', 'the shell');
  for (const step of steps) {
    const before = shown;
    if (step.crash === true) {
      // As a person reads it on the screen; only this process is ended.
      const pid = [...before.matchAll(/managed by deskclaw \(pid (\d+)\)/g)].at(-1)?.[1] ?? '';
      tmux('send-keys', '-t', 'user', '-l', `kill -9 ${pid}`);
      tmux('send-keys', '-t', 'user', 'Enter');
      shown = await untilPrompt(before, 'kill');
      await untilRestarted(pid);
      continue;
    }
    if (step.type === undefined) {
      for (const key of step.keys ?? []) {
        tmux('send-keys', '-t', 'user', key);
        await wait(3 * POLL_MS);
      }
    } else tmux('send-keys', '-t', 'user', '-l', step.type);
    tmux('send-keys', '-t', 'user', 'Enter');
    const what = step.type ?? (step.keys ?? []).join(' ');
    shown = await untilPrompt(before, what);
    const added = shown.slice(before.length);
    if (step.shows !== undefined && !step.shows.test(added))
      throw new Error(`"${what}" did not show ${String(step.shows)}:\n${added}`);
  }
  return shown;
}

prepareHome();
try {
  openTerminal();
  const recording = (await play()).replaceAll(home, '/home/you');
  const target = process.argv[2] ?? join(root, 'docs', 'new-user-session.txt');
  const lines = recording.split('\n').map((line) => line.trimEnd());
  writeFileSync(target, `${lines.slice(0, -1).join('\n')}\n`);
  console.log(`Wrote ${target}: ${String(lines.length)} lines`);
} finally {
  try {
    tmux('kill-server');
  } catch {
    // It ended with its shell.
  }
  run('stop', '--force', '--yes');
  rmSync(home, { recursive: true, force: true });
}
