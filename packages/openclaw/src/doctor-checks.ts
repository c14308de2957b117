import { type Files, readIfPossible } from '@deskclaw/core/internal';
import { type CheckReport, type Problem, shellWord } from '@deskclaw/protocol';
import { readConfig, section } from './config-file.ts';
import { locateConfig } from './config-location.ts';
import type { OpenClawPlan } from './openclaw-plan.ts';
import { pathRules, type SystemInfo } from './system-info.ts';

/** A service of OpenClaw's own that starts a gateway by itself. */
export interface OwnService {
  readonly file: string;
  readonly isEnabled: boolean;
  /** The command that switches it off. */
  readonly disable: string;
}

/** What is known of OpenClaw without starting it. */
export interface OpenClawFacts {
  /** The next start, if it would get as far as the spawn; its token is not kept. */
  readonly plan:
    | (Pick<
        OpenClawPlan,
        'version' | 'packageRoot' | 'node' | 'configPath' | 'stateDir' | 'configured' | 'port' | 'portSource'
      > & {
        readonly auth: Pick<OpenClawPlan['auth'], 'kind' | 'source'>;
      })
    | undefined;
  /** Why it would not. */
  readonly problem: Problem | undefined;
  readonly configPath: string;
  /** `gateway.mode` of the configuration; `undefined`: no configuration, or no mode. */
  readonly mode: string | undefined;
  readonly isConfigured: boolean;
  readonly model: string | undefined;
  readonly services: readonly OwnService[];
  /** The newest version that DeskClaw installed. */
  readonly newestInstalled: string | undefined;
  /** The file that holds a token of DeskClaw's own. */
  readonly ownToken: string;
}

/** Finds unit files and launch agents by which OpenClaw starts by itself; nothing is asked of a service manager. */
async function findServices({ platform, home }: SystemInfo, files: Files): Promise<readonly OwnService[]> {
  const path = pathRules(platform);
  const isGateway = (name: string): boolean => /^(?:openclaw|clawdbot)-gateway.*\.service$/.test(name);
  if (platform === 'linux') {
    const folder = path.join(home, '.config', 'systemd', 'user');
    const enabled = await files.list(path.join(folder, 'default.target.wants'));
    return (await files.list(folder)).filter(isGateway).map((name) => ({
      file: path.join(folder, name),
      isEnabled: enabled.includes(name),
      disable: `systemctl --user disable --now ${shellWord(name)}`,
    }));
  }
  if (platform !== 'darwin') return [];
  const folder = path.join(home, 'Library', 'LaunchAgents');
  const names = (await files.list(folder)).filter((name) =>
    /^(?:ai\.openclaw|com\.clawdbot|bot\.molt)\..*\.plist$/.test(name),
  );
  return names.map((name) => {
    const file = path.join(folder, name);
    return { file, isEnabled: true, disable: `launchctl bootout gui/$(id -u) ${shellWord(file)}` };
  });
}

function modelOf(config: Parameters<typeof section>[0]): string | undefined {
  const defaults = section(config, 'agents', 'defaults');
  const model = defaults?.['model'];
  const primary = section(defaults, 'model')?.['primary'];
  return [model, primary].find((value) => typeof value === 'string');
}

/** Reads what the checks need; starts and changes nothing. */
export async function gatherOpenClawFacts(
  system: SystemInfo,
  files: Files,
  known: Pick<OpenClawFacts, 'plan' | 'problem' | 'newestInstalled' | 'ownToken'>,
): Promise<OpenClawFacts> {
  const { configPath } = await locateConfig(undefined, system, files);
  const read = await readConfig(configPath, files, pathRules(system.platform));
  const config = read.kind === 'read' ? read.config : undefined;
  const mode = section(config, 'gateway')?.['mode'];
  return {
    ...known,
    configPath,
    isConfigured: (await readIfPossible(files, configPath, 1)) !== undefined,
    mode: typeof mode === 'string' ? mode : undefined,
    model: modelOf(config),
    services: await findServices(system, files),
  };
}

function ok(id: string, title: string, why: string): CheckReport {
  return { id, title, result: 'ok', why, next: [] };
}

/** How this OpenClaw is called on a command line: a version that DeskClaw installed is on no PATH. */
function commandOf({ plan }: OpenClawFacts): string {
  return plan === undefined
    ? 'openclaw'
    : `${shellWord(plan.node.file)} ${shellWord(`${plan.packageRoot}/openclaw.mjs`)}`;
}

type Check = (facts: OpenClawFacts) => CheckReport;

const version: Check = ({ plan, problem, newestInstalled }) => {
  const [id, title] = ['openclaw', 'OpenClaw'];
  if (plan !== undefined) {
    const why = `OpenClaw ${plan.version} at ${plan.packageRoot}, on Node ${plan.node.version} (${plan.node.file}).`;
    if (newestInstalled === undefined || newestInstalled === plan.version) return ok(id, title, why);
    return ok(id, title, `${why} DeskClaw has ${newestInstalled} installed too: deskclaw openclaw list`);
  }
  const isMissing = problem !== undefined && /^(openclaw|runtime)\./.test(problem.code);
  if (!isMissing) return ok(id, title, 'An OpenClaw is there; the check of the next start says what prevents it.');
  return {
    id,
    title,
    result: 'fault',
    // The check of the next start has the rest.
    why: `${problem.title}.`,
    next: [],
    code: problem.code,
  };
};

const mode: Check = (facts) => {
  const [id, title] = ['openclaw.mode', 'Gateway mode'];
  const { configPath, isConfigured } = facts;
  if (!isConfigured) return ok(id, title, `There is no ${configPath} yet; OpenClaw runs on its defaults.`);
  if (facts.mode === 'local') return ok(id, title, `gateway.mode is "local" in ${configPath}.`);
  const why =
    facts.mode === undefined
      ? `${configPath} sets no gateway.mode, so OpenClaw refuses to start.`
      : `gateway.mode is "${facts.mode}" in ${configPath}, so no gateway is started here.`;
  const command = `${commandOf(facts)} config set gateway.mode local`;
  return {
    id,
    title,
    result: 'fault',
    why,
    next: [{ label: 'Run the gateway on this machine', command }],
    code: 'config.invalid',
  };
};

const token: Check = ({ plan, problem, ownToken }) => {
  const [id, title] = ['openclaw.token', 'Token'];
  if (problem?.code.startsWith('auth.') === true)
    return { id, title, result: 'fault', why: problem.detail, next: problem.actions, code: problem.code };
  if (plan === undefined) return ok(id, title, 'Read when the next start can be prepared.');
  if (plan.auth.kind === 'none') {
    const why = `${plan.auth.source} is "none": every program on this machine may use the gateway.`;
    return { id, title, result: 'warning', why, next: [] };
  }
  if (plan.auth.source === ownToken)
    return ok(
      id,
      title,
      `The gateway gets a token that DeskClaw made, in ${ownToken}. For OpenClaw's own commands: OPENCLAW_GATEWAY_TOKEN.`,
    );
  return ok(id, title, `The ${plan.auth.kind} comes from ${plan.auth.source}.`);
};

const model: Check = (facts) => {
  const [id, title] = ['openclaw.model', 'Model'];
  if (facts.model !== undefined) return ok(id, title, `${facts.model}, set in ${facts.configPath}.`);
  if (facts.plan === undefined && !facts.isConfigured) return ok(id, title, 'Chosen when OpenClaw is set up.');
  const command = `${commandOf(facts)} configure --section model`;
  const why = `${facts.configPath} names no model, so OpenClaw tries its own default.`;
  return { id, title, result: 'warning', why, next: [{ label: 'Choose a model', command }] };
};

const service: Check = ({ services }) => {
  const [id, title] = ['openclaw.service', 'OpenClaw service'];
  const enabled = services.filter(({ isEnabled }) => isEnabled);
  if (enabled.length === 0) return ok(id, title, 'No service of OpenClaw starts a second gateway.');
  return {
    id,
    title,
    result: 'warning',
    why: `OpenClaw's own service starts a gateway at login, beside the one of DeskClaw: ${enabled.map(({ file }) => file).join(', ')}.`,
    next: enabled.map(({ disable }) => ({ label: 'Switch that service off', command: disable })),
  };
};

/** The checks of OpenClaw, in the order of the report. */
const openClawCheckList: readonly Check[] = [version, mode, token, model, service];

export function checkOpenClaw(facts: OpenClawFacts): readonly CheckReport[] {
  return openClawCheckList.map((check) => check(facts));
}
