import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cruise } from 'dependency-cruiser';
import extractConfiguration from 'dependency-cruiser/config-utl/extract-depcruise-config';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { root } from '../setup/workspace.mjs';

const rules = await extractConfiguration(join(root, '.dependency-cruiser.cjs'));

let tree: string;

beforeEach(async () => {
  tree = await realpath(await mkdtemp(join(tmpdir(), 'deskclaw-layers-')));
});

afterEach(async () => {
  await rm(tree, { recursive: true, force: true });
});

/** Which rules the real rule book finds broken in a tree of these files. */
async function brokenRules(files: Readonly<Record<string, string>>): Promise<string[]> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(tree, dirname(path)), { recursive: true });
    await writeFile(join(tree, path), content);
  }
  const { output } = await cruise(['.'], { ...rules.options, ruleSet: rules, validate: true, baseDir: tree });
  if (typeof output === 'string') throw new Error(output);
  return [...new Set(output.summary.violations.map((violation) => violation.rule.name))].sort();
}

const core = 'packages/core/src';
const host = 'packages/host/src';
const ui = 'packages/ui/src';

describe('a tree that keeps to the layers', () => {
  test('breaks no rule', async () => {
    expect(
      await brokenRules({
        [`${core}/index.ts`]: `export * from './manager/manager.ts';\nexport * from './client.ts';`,
        [`${core}/client.ts`]: `export * from './connection/connection.ts';`,
        [`${host}/host/host.ts`]: `import net from 'node:net';\nimport { config } from '../profile/config.ts';\nexport const host = [net, config];`,
        [`${host}/profile/config.ts`]: `export const config = 0;`,
        [`${core}/manager/manager.ts`]: `export { connection as manager } from '../connection/connection.ts';`,
        [`${core}/connection/connection.ts`]: `export { clock as connection } from '../ports/clock.ts';`,
        [`${core}/ports/clock.ts`]: `export const clock = 0;`,
        [`${ui}/main.tsx`]: `export * from './screens/overview.tsx';\nexport * from './channels/channel.ts';`,
        [`${ui}/screens/overview.tsx`]: `export * from '../components/card.tsx';`,
        [`${ui}/components/card.tsx`]: `export * from '../app-context.tsx';\nexport * from '../view-models/card.ts';`,
        [`${ui}/app-context.tsx`]: `export * from './session/session.ts';`,
        [`${ui}/view-models/card.ts`]: `export type { session as Card } from '../session/session.ts';`,
        [`${ui}/session/session.ts`]: `export { chat as session } from '../chat/chat.ts';`,
        [`${ui}/chat/chat.ts`]: `export { isProblem as chat } from '../host/payloads.ts';`,
        [`${ui}/host/payloads.ts`]: `export const isProblem = 0;`,
        [`${ui}/channels/channel.ts`]: `export const channel = 0;`,
      }),
    ).toEqual([]);
  });
});

describe('a tree that breaks', () => {
  test.each<[string, Readonly<Record<string, string>>]>([
    ['protocol-imports-nothing', { 'packages/protocol/src/a.ts': `import os from 'node:os';\nexport const a = os;` }],
    [
      'protocol-imports-nothing',
      {
        'packages/protocol/src/a.ts': `export * from '../../core/dist/b.js';`,
        'packages/core/dist/b.js': `export const b = 0;`,
      },
    ],
    [
      'core-layer-ports',
      {
        [`${core}/ports/clock.ts`]: `export * from '../manager/b.ts';`,
        [`${core}/manager/b.ts`]: `export const b = 0;`,
      },
    ],
    [
      'core-layer-connection',
      {
        [`${core}/connection/a.ts`]: `import type { B } from '../manager/b.ts';\nexport type A = B;`,
        [`${core}/manager/b.ts`]: `export type B = 0;`,
      },
    ],
    [
      'host-layer-install',
      { [`${host}/install/a.ts`]: `export * from '../host/b.ts';`, [`${host}/host/b.ts`]: `export const b = 0;` },
    ],
    [
      'process-knows-no-connection',
      {
        [`${core}/supervisor/a.ts`]: `export * from '../rpc/b.ts';`,
        [`${core}/rpc/b.ts`]: `export const b = 0;`,
      },
    ],
    [
      'connection-knows-no-process',
      {
        [`${core}/connection/a.ts`]: `export * from '../process/b.ts';`,
        [`${core}/process/b.ts`]: `export const b = 0;`,
      },
    ],
    [
      'core-testing-is-for-tests',
      {
        [`${core}/manager/a.ts`]: `export * from '../testing/clock.ts';`,
        [`${core}/testing/clock.ts`]: `export const clock = 0;`,
      },
    ],
    [
      'client-runs-in-browsers',
      {
        [`${core}/client.ts`]: `export * from './connection/a.ts';`,
        [`${core}/connection/a.ts`]: `export * from '../ports/b.ts';`,
        [`${core}/ports/b.ts`]: `import { hostname } from 'node:os';\nexport const b = hostname;`,
      },
    ],
    [
      'client-runs-in-browsers',
      { [`${core}/client.ts`]: `import { readFile } from 'fs/promises';\nexport const a = readFile;` },
    ],
    [
      'ui-runs-in-browsers',
      {
        'packages/ui/src/screen.tsx': `import { join } from './paths.ts';\nexport const screen = join;`,
        'packages/ui/src/paths.ts': `export { join } from 'node:path';`,
      },
    ],
    [
      'ui-knows-the-control-client-only',
      {
        'packages/ui/src/screen.ts': `export * from '../../core/dist/index.js';`,
        'packages/core/dist/index.js': `export const host = 0;`,
      },
    ],
    [
      'gateway-stands-on-protocol-alone',
      {
        'packages/gateway/src/a.ts': `export * from '../../core/dist/index.js';`,
        'packages/core/dist/index.js': `export const host = 0;`,
      },
    ],
    [
      'gateway-services-below-state',
      {
        'packages/gateway/src/services/a.ts': `import type { State } from '../state/b.ts';\nexport type A = State;`,
        'packages/gateway/src/state/b.ts': `export type State = 0;`,
      },
    ],
    [
      'cli-layer-command-line',
      {
        'apps/cli/src/command-line/a.ts': `export const a = () => import('../commands/b.ts');`,
        'apps/cli/src/commands/b.ts': `export const b = 0;`,
      },
    ],
    [
      'cli-layer-channels-chat',
      {
        'apps/cli/src/chat/a.ts': `export * from '../commands/b.ts';`,
        'apps/cli/src/commands/b.ts': `export const b = 0;`,
      },
    ],
    [
      'cli-layer-output',
      {
        'apps/cli/src/output/a.ts': `import type { B } from '../host/b.ts';\nexport type A = B;`,
        'apps/cli/src/host/b.ts': `export type B = 0;`,
      },
    ],
    [
      'core-imports-protocol-and-ws',
      {
        [`${core}/manager/a.ts`]: `export * from '../../../host/dist/b.js';`,
        'packages/host/dist/b.js': `export const b = 0;`,
      },
    ],
    [
      'core-imports-protocol-and-ws',
      {
        [`${core}/manager/a.ts`]: `export { z as a } from 'zod';`,
        'node_modules/zod/package.json': `{ "name": "zod", "main": "index.js" }`,
        'node_modules/zod/index.js': `export const z = 0;`,
      },
    ],
    [
      'openclaw-below-host',
      {
        'packages/openclaw/src/a.ts': `export * from '../../host/dist/b.js';`,
        'packages/host/dist/b.js': `export const b = 0;`,
      },
    ],
    [
      'host-below-shells',
      {
        [`${host}/host/a.ts`]: `export * from '../../../ui/dist/b.js';`,
        'packages/ui/dist/b.js': `export const b = 0;`,
      },
    ],
    [
      'core-internal-is-for-host-and-openclaw',
      {
        'apps/cli/src/a.ts': `export * from '../../../packages/core/dist/internal.js';`,
        'packages/core/dist/internal.js': `export const b = 0;`,
      },
    ],
    [
      'verification-is-imported-by-nothing',
      {
        [`${host}/host/a.ts`]: `export * from '../../../../verify/chaos/src/b.ts';`,
        'verify/chaos/src/b.ts': `export const b = 0;`,
      },
    ],
    [
      'apps-are-imported-by-nothing',
      {
        'apps/desktop/src/main.ts': `export * from '../../cli/src/main.ts';`,
        'apps/cli/src/main.ts': `export const main = 0;`,
      },
    ],
    [
      'packages-by-their-names',
      {
        'apps/cli/src/main.ts': `export * from '../../../packages/host/src/host/host.ts';`,
        [`${host}/host/host.ts`]: `export const host = 0;`,
      },
    ],
    [
      'ui-layer-chat',
      {
        [`${ui}/chat/a.ts`]: `import type { B } from '../session/b.ts';\nexport type A = B;`,
        [`${ui}/session/b.ts`]: `export type B = 0;`,
      },
    ],
    [
      'ui-layer-view-models',
      {
        [`${ui}/view-models/a.ts`]: `export * from '../components/b.tsx';`,
        [`${ui}/components/b.tsx`]: `export const b = 0;`,
      },
    ],
    [
      'ui-models-know-no-page',
      {
        [`${ui}/session/a.ts`]: `export * from '../app-context.tsx';`,
        [`${ui}/app-context.tsx`]: `export const b = 0;`,
      },
    ],
    [
      'ui-models-know-no-page',
      {
        [`${ui}/view-models/a.ts`]: `export { createElement as a } from 'react';`,
        'node_modules/react/package.json': `{ "name": "react", "main": "index.js" }`,
        'node_modules/react/index.js': `export const createElement = 0;`,
      },
    ],
    [
      'no-cycles',
      {
        'apps/cli/src/a.ts': `import { b } from './b.ts';\nexport const a = b;`,
        'apps/cli/src/b.ts': `import type { a } from './a.ts';\nexport const b: typeof a = 0;`,
      },
    ],
    ['not-resolvable', { 'apps/cli/src/a.ts': `export * from './gone.ts';` }],
  ])('%s is caught', async (rule, files) => {
    expect(await brokenRules(files)).toContain(rule);
  });
});
