import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GatewayError } from '@deskclaw/core';
import { expect } from 'vitest';
import { posingNode, posingOpenClaw } from './posing-openclaw.ts';
import { Workshop } from './workshop.ts';

/** Resolves with the problem that the installation is refused with. */
export async function refusal(run: Promise<unknown>): Promise<GatewayError['problem']> {
  const error: unknown = await run.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof GatewayError) return error.problem;
  throw new Error(`no problem: ${String(error)}`);
}

/** Expects exactly these versions, and no draft, process or lock of an installation. */
export async function expectOnly(workshop: Workshop, ...versions: readonly string[]): Promise<void> {
  const inventory = await workshop.inventory();
  expect(inventory.versions.map(({ version }) => version)).toEqual(versions);
  expect(inventory.drafts).toEqual([]);
  expect(workshop.leftRunning()).toEqual([]);
  expect(existsSync(workshop.layout.lock)).toBe(false);
}

/**
 * Kills an installation during a step. Expects that the inventory does not list it and that the next installation
 * succeeds.
 */
export async function expectRecoveryFromKill(
  step: 'resolving' | 'fetching-node' | 'fetching' | 'checking' | 'placing',
): Promise<void> {
  const workshop = await Workshop.open();
  const { registry } = workshop;
  // The step blocks until the kill; for `checking`, the program blocks until a file exists.
  const open = join(workshop.folder, 'open');
  const beforeVersion = `const { existsSync } = await import('node:fs'); while (!existsSync(${JSON.stringify(open)})) await new Promise((go) => setTimeout(go, 5));`;
  registry.publish(posingNode('98.7.0'));
  registry.publish(posingOpenClaw('2027.1.1', { node: '98', ...(step === 'checking' && { beforeVersion }) }));
  const held = step === 'fetching-node' ? registry.hold(`node-${process.platform}-${process.arch}`) : undefined;
  const heldToo = step === 'fetching' ? registry.hold('openclaw') : undefined;
  const killed = workshop.startInstall('2027.1.1');
  await killed.saying(`"${step}"`);
  await held?.asked;
  await heldToo?.asked;
  await killed.kill();
  const { versions } = await workshop.inventory();
  expect(versions.map(({ version }) => version)).toEqual(step === 'placing' ? expect.any(Array) : []);

  held?.release();
  heldToo?.release();
  writeFileSync(open, '');
  expect((await workshop.install({ version: '2027.1.1' })).installed.version).toBe('2027.1.1');
  await expectOnly(workshop, '2027.1.1');
}
