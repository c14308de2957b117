import { GatewayManager, type TargetResult } from '@deskclaw/core';
import { targetFromOptions } from '@deskclaw/core/internal';
import { openClawTarget, prepareOpenClaw } from '@deskclaw/openclaw';
import type { InstallPorts } from '../install/install.ts';
import type { InstalledOpenClaw } from '../install/inventory.ts';
import type { Machine } from '../install/layout.ts';
import type { StateLocation } from './state-copy.ts';

/** Besides channels: whatever would act on the world a second time, or take a port of the gateway that runs. */
const quietEnvironment = {
  OPENCLAW_SKIP_CRON: '1',
  OPENCLAW_SKIP_PROVIDERS: '1',
  OPENCLAW_SKIP_GMAIL_WATCHER: '1',
  OPENCLAW_SKIP_BROWSER_CONTROL_SERVER: '1',
  OPENCLAW_SKIP_CANVAS_HOST: '1',
} as const;

export interface TrialInput {
  readonly installed: InstalledOpenClaw;
  readonly copy: StateLocation;
  readonly installedNodes: readonly string[];
  /** Where the trial's gateway is written down, so that it is found should we die. */
  readonly ownershipFile: string;
}

/**
 * Starts a version on a copy of the state, on a free port, and waits for the real handshake; then ends it.
 * @throws GatewayError with the reason where it does not become ready.
 */
export async function tryVersion(
  trial: TrialInput,
  machine: Machine,
  ports: InstallPorts,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { installed, copy, installedNodes, ownershipFile } = trial;
  const { OPENCLAW_CONFIG_PATH: _original, ...env } = machine.env;
  const configured = await ports.folders.exists(copy.configPath);
  const facts = { ...machine, env: configured ? { ...env, OPENCLAW_CONFIG_PATH: copy.configPath } : env };
  const base = targetFromOptions({ mode: 'supervise', port: 0 });
  const prepare = async (): Promise<TargetResult> => {
    const prepared = await prepareOpenClaw(
      {
        ...facts,
        openclaw: installed.package.root,
        installedNodes,
        port: 0,
        stateDir: copy.stateDir,
        skipChannels: true,
      },
      {
        files: ports.files,
        nodeVersion: ports.nodeVersion,
        ownToken: () => ({ value: ports.random.uuid(), source: 'the trial' }),
        now: () => ports.clock.wallTime(),
      },
    );
    if (!prepared.ok) return prepared;
    const own = { startTimeoutMs: undefined, drainMs: 0, graceMs: undefined };
    const target = openClawTarget(base, prepared.plan, own);
    return { ok: true, target: { ...target, env: { ...target.env, ...quietEnvironment } } };
  };
  await using gateway = new GatewayManager({ mode: 'supervise', ownershipFile, prepare });
  const stop = (): void => {
    gateway.stop({ force: true }).catch(() => undefined);
  };
  signal?.addEventListener('abort', stop);
  try {
    await gateway.start();
    signal?.throwIfAborted();
  } finally {
    signal?.removeEventListener('abort', stop);
    await gateway.stop();
  }
}
