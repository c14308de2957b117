import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeClock, nodeRandom } from '../../src/ports/node/node-clock.ts';
import { nodePrograms } from '../../src/ports/node/node-files.ts';
import { nodePeerIdentity } from '../../src/ports/node/node-peer-identity.ts';
import { nodeSpawner } from '../../src/ports/node/node-spawner.ts';
import { nodeTcpPorts } from '../../src/ports/node/node-tcp-ports.ts';
import { nodeProcessTable, ownIdentity } from '../../src/ports/node/process-table.ts';
import { recordFile } from '../../src/ports/node/record-file.ts';
import { delay } from '../../src/process/delay.ts';
import type { OutputLine } from '../../src/process/line-level.ts';
import type { LaunchPlan } from '../../src/supervisor/launch-plan.ts';
import type { SupervisorState, SupervisorStateName } from '../../src/supervisor/state.ts';
import { Supervisor } from '../../src/supervisor/supervisor.ts';
import { childScript } from '../process/real.ts';

export interface RealWorld {
  readonly supervisor: Supervisor;
  readonly plan: LaunchPlan;
  readonly folder: string;
  readonly recordPath: string;
  /** Pids of all spawned processes, including helpers that reported theirs. */
  readonly pids: Set<number>;
  readonly lines: OutputLine[];
  up: () => ReturnType<Supervisor['up']>;
  restart: () => ReturnType<Supervisor['restart']>;
  down: (mode?: 'drain' | 'terminate' | 'kill') => ReturnType<Supervisor['down']>;
  /** Resolves when the supervisor enters this state next, or is in it. */
  reaches: (name: SupervisorStateName) => Promise<SupervisorState>;
  says: (pattern: RegExp) => Promise<string>;
}

const worlds: { readonly supervisor: Supervisor; readonly folder: string; readonly pids: Set<number> }[] = [];

/** Ends the processes that a test left, even a failed one. */
export async function endWorlds(): Promise<void> {
  for (const { supervisor, folder, pids } of worlds.splice(0)) {
    await supervisor.down(Number.MAX_SAFE_INTEGER, { mode: 'kill' });
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // Gone, as it should be.
      }
    }
    await rm(folder, { recursive: true, force: true });
  }
}

/** How often the stand-in for the connection tries. */
const LOOK_MS = 5;

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}

/** A supervisor over real processes; a gateway that accepts on the port is ready. @param acts what `child.mjs` does. */
export async function realWorld(acts: readonly string[], change: Partial<LaunchPlan> = {}): Promise<RealWorld> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'deskclaw-supervisor-')));
  const recordPath = join(folder, 'owner.json');
  const supervisor = new Supervisor({
    clock: nodeClock,
    random: nodeRandom,
    spawner: nodeSpawner,
    processes: nodeProcessTable,
    tcpPorts: nodeTcpPorts,
    peerIdentity: nodePeerIdentity,
    programs: nodePrograms,
    records: recordFile(recordPath),
    logger: { log: () => undefined },
    host: { identity: ownIdentity(), env: process.env, platform: process.platform, cwd: folder },
  });
  const plan: LaunchPlan = {
    command: [process.execPath, childScript, ...acts],
    host: '127.0.0.1',
    port: change.port ?? (await nodeTcpPorts.findFree('127.0.0.1')),
    lifeline: false,
    ...change,
  };
  const pids = new Set<number>();
  const lines: OutputLine[] = [];
  worlds.push({ supervisor, folder, pids });
  supervisor.on('line', (line) => {
    lines.push(line);
    const helper = /^helper (\d+)$/.exec(line.text)?.[1];
    if (helper !== undefined) pids.add(Number(helper));
  });
  const untilReady = async (launch: number) => {
    for (;;) {
      const { state } = supervisor;
      if (state.name !== 'booting' || state.launch !== launch) return;
      if (await accepts(plan.port)) {
        supervisor.reportReady(launch);
        return;
      }
      await delay(nodeClock, LOOK_MS);
    }
  };
  for (const name of ['spawned', 'adopted'] as const) {
    supervisor.on(name, ({ launch, child }) => {
      pids.add(child.pid);
      void untilReady(launch);
    });
  }
  let generation = 0;
  return {
    supervisor,
    plan,
    folder,
    recordPath,
    pids,
    lines,
    up: () => supervisor.up(plan, ++generation),
    restart: () => supervisor.restart(plan, ++generation),
    down: (mode) => supervisor.down(++generation, mode === undefined ? {} : { mode }),
    reaches: (name) =>
      new Promise((resolve) => {
        if (supervisor.state.name === name) {
          resolve(supervisor.state);
          return;
        }
        const off = supervisor.on('transition', ({ to }) => {
          if (to.name !== name) return;
          off();
          resolve(to);
        });
      }),
    says: (pattern) =>
      new Promise((resolve) => {
        const off = supervisor.on('line', ({ text }) => look(text));
        const look = (text: string) => {
          const found = pattern.exec(text);
          if (found === null) return;
          off();
          resolve(found[1] ?? found[0]);
        };
        for (const { text } of lines) look(text);
      }),
  };
}
