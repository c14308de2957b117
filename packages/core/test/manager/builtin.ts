import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { GatewayManager } from '../../src/manager/gateway-manager.ts';
import type { GatewayManagerOptions } from '../../src/manager/options.ts';

/** The built-in gateway's program; the whole workspace is built before its tests run. */
export const gatewayFile = fileURLToPath(new URL('../../../gateway/dist/deskclaw-gateway.js', import.meta.url));

export function gatewayCommand(...faults: readonly string[]): readonly string[] {
  const wanted = faults.flatMap((fault) => ['--fault', fault]);
  const allow = faults.length === 0 ? [] : ['--allow-faults'];
  return [process.execPath, gatewayFile, '--host', '{host}', '--port', '{port}', ...allow, ...wanted];
}

const managers = new Set<GatewayManager>();

/** Creates a manager that is stopped after the test, even a failed one. */
export function manage(options: GatewayManagerOptions = {}): GatewayManager {
  const manager = new GatewayManager({ mode: 'supervise', port: 0, command: gatewayCommand(), ...options });
  managers.add(manager);
  return manager;
}

export async function stopAll(): Promise<void> {
  await Promise.all([...managers].map((manager) => manager.stop({ force: true })));
  managers.clear();
}

/** Whether a process lives; a zombie does not. Asked of the system, not of the code under test. */
export function lives(pid: number): boolean {
  if (!existsSync(`/proc/${String(pid)}`)) {
    try {
      return process.platform !== 'linux' && process.kill(pid, 0);
    } catch {
      return false;
    }
  }
  return !/\) Z /.test(readFileSync(`/proc/${String(pid)}/stat`, 'utf8'));
}

export function pidOf(manager: GatewayManager): number {
  const { pid } = manager.getStatus();
  if (pid === undefined) throw new Error('there is no process');
  return pid;
}

/** A port that is free now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

/** Starts a foreign gateway, which the test ends, not the manager. */
export async function foreignGateway(
  port: number,
  ...args: readonly string[]
): Promise<{ readonly pid: number; end(): Promise<void> }> {
  const child = spawn(process.execPath, [gatewayFile, '--port', String(port), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    pid: child.pid ?? 0,
    end: () => {
      child.kill('SIGKILL');
      return gone;
    },
  };
}
