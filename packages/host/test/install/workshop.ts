import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { nodeProcessTable } from '@deskclaw/core';
import { nodeFiles } from '@deskclaw/core/internal';
import { onTestFinished } from 'vitest';
import { type InstallOptions, type InstallResult, installOpenClaw } from '../../src/install/install.ts';
import { readInventory } from '../../src/install/inventory.ts';
import { installLayout } from '../../src/install/layout.ts';
import { installPorts, thisMachine } from '../../src/install/node-ports.ts';
import { installMarker } from '../../src/install/npm.ts';
import { LocalRegistry } from './local-registry.ts';

export interface Killable {
  readonly pid: number;
  /** Resolves with the first output line that contains the words. */
  readonly saying: (words: string) => Promise<string>;
  readonly kill: () => Promise<void>;
  readonly ended: Promise<readonly string[]>;
}

/** A machine for installations: a data folder, a home with an npm cache of its own, and a registry. */
export class Workshop {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'deskclaw-managed-')));
  readonly registry: LocalRegistry;
  readonly data: string;

  private constructor(registry: LocalRegistry, data: string | undefined) {
    this.registry = registry;
    this.data = data ?? join(this.folder, 'data');
  }

  /**
   * @param data where installations go; default in a folder of its own.
   * @param atEnd registers the removal; default: at the end of the test.
   */
  static async open(data?: string, atEnd: (remove: () => Promise<void>) => void = onTestFinished): Promise<Workshop> {
    const workshop = new Workshop(await LocalRegistry.open(), data);
    atEnd(async () => {
      await workshop.registry.close();
      for (const left of workshop.leftRunning()) process.kill(left.pid, 'SIGKILL');
      rmSync(workshop.folder, { recursive: true, force: true, maxRetries: 5 });
    });
    return workshop;
  }

  get env(): Readonly<Record<string, string>> {
    return {
      PATH: process.env['PATH'] ?? '',
      HOME: this.folder,
      npm_config_registry: this.registry.url,
      npm_config_cache: join(this.folder, 'npm-cache'),
      npm_config_fetch_retries: '0',
    };
  }

  get layout() {
    return installLayout(this.data, process.platform);
  }

  /** @param env changes to the environment. */
  install(
    options: InstallOptions = {},
    env: Readonly<Record<string, string | undefined>> = {},
  ): Promise<InstallResult> {
    const room = { openclawBytes: 1_000_000, nodeBytes: 1_000_000 };
    const machine = { ...this.env, ...env };
    return installOpenClaw(
      { requiredSpace: room, ...options },
      this.layout,
      thisMachine(machine),
      installPorts(machine),
    );
  }

  inventory() {
    return readInventory(this.layout, nodeFiles, thisMachine(this.env));
  }

  /** Living processes of an installation, by the marker in their environment. */
  leftRunning() {
    return nodeProcessTable.tree({ marker: installMarker(this.layout.drafts) });
  }

  /** An installation in a process of its own. */
  startInstall(version: string): Killable {
    const program = join(import.meta.dirname, 'install-program.ts');
    const child = spawn(process.execPath, [program, this.data, version], {
      env: this.env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const said: string[] = [];
    const waiting = new Set<(line: string) => void>();
    createInterface({ input: child.stdout }).on('line', (line) => {
      said.push(line);
      for (const wake of [...waiting]) wake(line);
    });
    const ended = once(child, 'close').then(() => said);
    return {
      pid: child.pid ?? 0,
      ended,
      saying: (words) => {
        const before = said.find((line) => line.includes(words));
        if (before !== undefined) return Promise.resolve(before);
        return new Promise((resolve, reject) => {
          const wake = (line: string): void => {
            if (!line.includes(words)) return;
            waiting.delete(wake);
            resolve(line);
          };
          waiting.add(wake);
          void ended.then(() => reject(new Error(`it ended without saying ${words}: ${said.join('\n')}`)));
        });
      },
      kill: async () => {
        child.kill('SIGKILL');
        await ended;
      },
    };
  }
}
