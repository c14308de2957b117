import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { posingOpenClaw } from './posing-openclaw.ts';
import { Workshop } from './workshop.ts';

/**
 * Installs each version once for all tests of the file that calls this: an installation is four runs of npm, 1.5 s of
 * processor time. The returned function puts copies of finished installations into a data folder.
 */
export function shareInstalls(): (data: string, ...versions: readonly string[]) => Promise<void> {
  const ends: (() => Promise<void>)[] = [];
  afterAll(async () => {
    for (const end of ends.splice(0)) await end();
  });
  let workshop: Promise<Workshop> | undefined;
  const installed = new Map<string, Promise<string>>();
  const install = async (version: string): Promise<string> => {
    workshop ??= Workshop.open(undefined, (end) => ends.push(end));
    const { registry } = await workshop;
    registry.publish(posingOpenClaw(version));
    return (await (await workshop).install({ version })).installed.folder;
  };
  return async (data, ...versions) => {
    for (const version of versions) {
      const folder = installed.get(version) ?? install(version);
      installed.set(version, folder);
      cpSync(await folder, join(data, 'openclaw', version), { recursive: true, verbatimSymlinks: true });
    }
  };
}
