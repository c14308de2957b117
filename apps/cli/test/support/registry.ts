import { onTestFinished } from 'vitest';
import { LocalRegistry } from '../../../../packages/host/test/install/local-registry.ts';
import { type Posing, posingOpenClaw } from '../../../../packages/host/test/install/posing-openclaw.ts';
import { Home } from './deskclaw.ts';

/** A machine without OpenClaw, and a registry that its npm asks. */
export async function bareMachine(
  versions: Readonly<Record<string, Posing>>,
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly home: Home; readonly registry: LocalRegistry }> {
  const registry = await LocalRegistry.open();
  onTestFinished(() => registry.close());
  for (const [version, posing] of Object.entries(versions)) registry.publish(posingOpenClaw(version, posing));
  const home = new Home({ npm_config_registry: registry.url, npm_config_fetch_retries: '0', ...env });
  return { home, registry };
}
