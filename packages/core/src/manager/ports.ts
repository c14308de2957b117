import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import type { Http } from '../ports/http.ts';
import { silentLogger } from '../ports/logger.ts';
import { guardedSpawner } from '../ports/node/guarded-spawner.ts';
import { nodeClock, nodeRandom } from '../ports/node/node-clock.ts';
import { nodePrograms } from '../ports/node/node-files.ts';
import { nodeHttp } from '../ports/node/node-http.ts';
import { nodePeerIdentity } from '../ports/node/node-peer-identity.ts';
import { inheritingSpawner, nodeSpawner } from '../ports/node/node-spawner.ts';
import { nodeTcpPorts } from '../ports/node/node-tcp-ports.ts';
import { nodeProcessTable, ownIdentity } from '../ports/node/process-table.ts';
import { recordFile } from '../ports/node/record-file.ts';
import { wsSockets } from '../ports/node/ws-sockets.ts';
import type { SocketFactory } from '../ports/sockets.ts';
import type { SupervisorPorts } from '../supervisor/ports.ts';
import type { GatewayManagerOptions } from './options.ts';

export interface ManagerPorts extends SupervisorPorts {
  readonly sockets: SocketFactory;
  readonly http: Http;
}

/** How many descriptors this process may have (`ulimit -n`), from /proc; absent elsewhere. To be read while one is free. */
function maxDescriptors(): { readonly maxDescriptors?: number } {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return soft === undefined ? {} : { maxDescriptors: Number(soft) };
  } catch {
    return {};
  }
}

/** Where this process stands; the home folder where that folder was removed. */
function currentFolder(): string {
  try {
    return process.cwd();
  } catch {
    return homedir();
  }
}

/** Returns the ports of this machine, except those that the options replace. */
export function nodeManagerPorts(
  options: Pick<
    GatewayManagerOptions,
    'clock' | 'random' | 'logger' | 'ownershipFile' | 'bootTimesFile' | 'inheritsPipes' | 'keepRunning' | 'redact'
  >,
): ManagerPorts {
  const spawner = options.inheritsPipes === true ? inheritingSpawner() : nodeSpawner;
  // A program without a logger is told as Node tells of its own troubles.
  const unguarded = (text: string): void =>
    options.logger === undefined
      ? process.emitWarning(text, { code: 'DESKCLAW_UNGUARDED' })
      : options.logger.log('warn', text);
  return {
    clock: options.clock ?? nodeClock,
    random: options.random ?? nodeRandom,
    logger: options.logger ?? silentLogger,
    sockets: wsSockets,
    http: nodeHttp,
    spawner: options.keepRunning === true ? spawner : guardedSpawner(spawner, { unguarded }),
    processes: nodeProcessTable,
    tcpPorts: nodeTcpPorts,
    peerIdentity: nodePeerIdentity,
    programs: nodePrograms,
    ...(options.redact === undefined ? {} : { redact: options.redact }),
    ...(options.ownershipFile === undefined
      ? {}
      : { records: recordFile(options.ownershipFile, { reservesSpace: true }) }),
    ...(options.bootTimesFile === undefined ? {} : { bootTimes: recordFile(options.bootTimesFile) }),
    host: {
      identity: ownIdentity(),
      env: process.env,
      platform: process.platform,
      cwd: currentFolder(),
      ...maxDescriptors(),
    },
  };
}
