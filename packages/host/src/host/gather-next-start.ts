import { basename } from 'node:path';
import { type Environment, GatewayError, nodeClock } from '@deskclaw/core';
import { managerDefaults, nodeFiles } from '@deskclaw/core/internal';
import { checkOpenClaw, gatherOpenClawFacts, type PreparedOpenClaw, prepareOpenClaw } from '@deskclaw/openclaw';
import { type CheckReport, describeProblem, type Problem, type StartRequest } from '@deskclaw/protocol';
import { readInventory } from '../install/inventory.ts';
import { installLayout } from '../install/layout.ts';
import { installPorts, thisMachine } from '../install/node-ports.ts';
import { selectVersion } from '../install/select-version.ts';
import type { Settings } from '../profile/config.ts';
import { choiceOf, lacksSecrets, loadLastStart } from '../profile/last-start.ts';
import type { Paths } from '../profile/paths.ts';
import { tokenFromEnvironment } from '../profile/secrets.ts';
import { chooseGateway, settingsMark } from './launch-target.ts';

export interface NextStart {
  /** What it would run, in words. */
  readonly what: string;
  /** Why it would fail before the spawn. */
  readonly problem?: Problem;
  /** Checks of the gateway's own program. */
  readonly checks: readonly CheckReport[];
  readonly host?: string;
  readonly port?: number;
  /** Whether it attaches to a gateway that has the port already. */
  readonly mayAttach: boolean;
}

function problemOf(error: unknown): Problem {
  if (error instanceof GatewayError) return error.problem;
  return describeProblem(
    'internal',
    { detail: error instanceof Error ? error.message : String(error) },
    nodeClock.wallTime(),
  );
}

/** Prepares the OpenClaw of the next start without making a token or starting anything. */
async function prepareDry(
  settings: Settings,
  request: StartRequest,
  paths: Paths,
  env: Environment,
): Promise<PreparedOpenClaw> {
  const machine = thisMachine(env);
  const selection = await selectVersion(settings.openclaw, paths.data, machine);
  if (!selection.ok) return selection;
  const port = request.port ?? settings.port;
  const named = tokenFromEnvironment(env);
  return prepareOpenClaw(
    { ...machine, ...selection.input, ...(port === undefined ? {} : { port }), ...(named && { secret: named }) },
    {
      files: nodeFiles,
      nodeVersion: installPorts(env).nodeVersion,
      ownToken: () => ({ value: '', source: paths.token }),
      now: () => nodeClock.wallTime(),
    },
  );
}

async function openClawStart(
  settings: Settings,
  request: StartRequest,
  paths: Paths,
  env: Environment,
): Promise<NextStart> {
  const prepared = await prepareDry(settings, request, paths, env).catch(
    (error: unknown): PreparedOpenClaw => ({ ok: false, problem: problemOf(error) }),
  );
  const plan = prepared.ok ? prepared.plan : undefined;
  const problem = prepared.ok ? undefined : prepared.problem;
  const machine = thisMachine(env);
  const inventory = await readInventory(installLayout(paths.data, machine.platform), nodeFiles, machine);
  const facts = await gatherOpenClawFacts(machine, nodeFiles, {
    plan,
    problem,
    newestInstalled: inventory.versions[0]?.version,
    ownToken: paths.token,
  });
  return {
    what: plan === undefined ? 'OpenClaw' : `OpenClaw ${plan.version}`,
    checks: checkOpenClaw(facts),
    host: plan?.host ?? managerDefaults.host,
    port: plan?.port ?? request.port ?? settings.port ?? managerDefaults.port,
    mayAttach: settings.mode !== 'supervise',
    ...(problem === undefined ? {} : { problem }),
  };
}

/** Finds out what a start without options would run, and why it would fail before the spawn. */
export async function gatherNextStart(settings: Settings, paths: Paths, env: Environment): Promise<NextStart> {
  const stored = loadLastStart(paths.lastStart);
  const isCurrent =
    stored !== undefined && (stored.settings === undefined || stored.settings === settingsMark(settings));
  const request = isCurrent && !lacksSecrets(stored.request) ? choiceOf(stored.request) : {};
  const choice = chooseGateway(request, settings);
  const host = settings.host ?? managerDefaults.host;
  const port = request.port ?? settings.port ?? managerDefaults.port;
  switch (choice.kind) {
    case 'attach':
      return {
        what: `nothing, and attach to ${choice.url === undefined ? 'the gateway on its port' : 'the address in "url"'}`,
        checks: [],
        mayAttach: true,
      };
    case 'builtin':
      return { what: 'the built-in gateway', checks: [], host, port, mayAttach: false };
    case 'command':
      return {
        what: `"${basename(choice.command[0] ?? '')}"`,
        checks: [],
        host,
        port,
        mayAttach: settings.mode !== 'supervise',
      };
    case 'openclaw':
      return openClawStart(settings, request, paths, env);
    default:
      return choice satisfies never;
  }
}
