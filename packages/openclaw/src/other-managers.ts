import { type Files, readIfPossible } from '@deskclaw/core/internal';
import { describeProblem, isObject, type ManagedElsewhereFacts, type Problem, parseJson } from '@deskclaw/protocol';
import type { OpenClawPlan } from './openclaw-plan.ts';
import { type ProgramPorts, runProgram } from './run-program.ts';
import { pathRules } from './system-info.ts';

/** Where another manager of the same gateway would be seen. */
export interface OtherManagersInput {
  readonly stateDir: string;
  readonly platform: NodeJS.Platform;
  /** Home folder of the account, whatever `OPENCLAW_HOME` says: OpenClaw installs its service for that one only. */
  readonly home: string;
}

/** A service of the system that runs this very gateway. */
interface NativeService {
  readonly name: string;
  readonly file: string;
}

/**
 * Returns the profile that OpenClaw's own service would run this state by: '' for `~/.openclaw`, NAME for `~/.openclaw-NAME`.
 * `undefined` for any other folder: OpenClaw calls that isolated, and gives it no service.
 */
function serviceProfile({ stateDir, platform, home }: OtherManagersInput): string | undefined {
  const path = pathRules(platform);
  if (path.dirname(stateDir) !== path.resolve(home)) return undefined;
  const name = path.basename(stateDir);
  return name === '.openclaw' || name.startsWith('.openclaw-') ? name.slice('.openclaw-'.length) : undefined;
}

/** A unit that somebody wrote for another purpose may have the same name: it counts only if it runs an OpenClaw gateway. */
function runsGateway(text: string | undefined): boolean {
  return text !== undefined && /openclaw/i.test(text) && /\bgateway\b/.test(text);
}

/**
 * Finds OpenClaw's own service for this state where the system starts it by itself: a systemd user unit that is enabled, or a launch agent.
 * By its files alone, so that nothing is asked of a service manager that may not run. Of Windows tasks there is no file to read.
 */
async function findService(input: OtherManagersInput, files: Files): Promise<NativeService | undefined> {
  const { platform, home } = input;
  const path = pathRules(platform);
  const profile = serviceProfile(input);
  if (profile === undefined) return undefined;
  const suffix = profile === '' ? '' : `-${profile}`;
  if (platform === 'linux') {
    const name = `openclaw-gateway${suffix}.service`;
    const units = path.join(home, '.config', 'systemd', 'user');
    const isEnabled = (await files.list(path.join(units, 'default.target.wants'))).includes(name);
    const file = path.join(units, name);
    return isEnabled && runsGateway(await readIfPossible(files, file)) ? { name, file } : undefined;
  }
  if (platform === 'darwin') {
    const name = `ai.openclaw.${profile === '' ? 'gateway' : profile}`;
    const file = path.join(home, 'Library', 'LaunchAgents', `${name}.plist`);
    return runsGateway(await readIfPossible(files, file)) ? { name, file } : undefined;
  }
  return undefined;
}

function serviceFacts({ name, file }: NativeService, platform: NodeJS.Platform): ManagedElsewhereFacts {
  const commands =
    platform === 'darwin'
      ? {
          start: `launchctl kickstart gui/$(id -u)/${name}`,
          remove: `launchctl bootout gui/$(id -u) ${file} && rm ${file}`,
        }
      : { start: `systemctl --user start ${name}`, remove: `systemctl --user disable --now ${name}` };
  return { manager: name, found: `its service is set up in ${file}`, commands };
}

/** The database is searched for the text of a claim, not read by its schema: asking OpenClaw itself takes 2 s or more. */
const CLAIM_TEXT = '"managerId"';
const ASK_TIMEOUT_MS = 60_000;

/**
 * Returns the manager that has claimed the state for itself (`openclaw database ownership claim`): what we start carries the supervisor
 * mode, so OpenClaw would let it in. A database without the text of a claim has none; where the text is found, the exact program is asked.
 */
async function findClaim(
  plan: Pick<OpenClawPlan, 'command' | 'stateDir'>,
  env: Readonly<Record<string, string>>,
  platform: NodeJS.Platform,
  ports: ProgramPorts & { readonly files: Files },
): Promise<string | undefined> {
  const database = pathRules(platform).join(plan.stateDir, 'state', 'openclaw.sqlite');
  const searched = [database, `${database}-wal`].map((each) => ports.files.contains(each, CLAIM_TEXT));
  if (!(await Promise.all(searched)).includes(true)) return undefined;
  const [file, entry = ''] = plan.command;
  const args = [entry, 'database', 'ownership', 'status', '--json'];
  const run = await runProgram({ file, args, env }, { timeoutMs: ASK_TIMEOUT_MS, keepChars: 16_384 }, ports);
  const value = run.kind === 'ended' && run.code === 0 ? parseJson(run.stdout) : undefined;
  const ownership = isObject(value) ? value['ownership'] : undefined;
  return isObject(ownership) && typeof ownership['managerId'] === 'string' ? ownership['managerId'] : undefined;
}

/**
 * Returns why no gateway is started here: another manager has claimed the state, or OpenClaw's own service runs it. Two supervisors of one
 * gateway fight over its port and its state, each restarting what the other ended.
 */
export async function managedElsewhere(
  plan: Pick<OpenClawPlan, 'command' | 'stateDir'>,
  env: Readonly<Record<string, string>>,
  input: OtherManagersInput & { readonly at: number },
  ports: ProgramPorts & { readonly files: Files },
): Promise<Problem | undefined> {
  const service = await findService(input, ports.files);
  if (service !== undefined)
    return describeProblem('gateway.managed-elsewhere', serviceFacts(service, input.platform), input.at);
  const manager = await findClaim(plan, env, input.platform, ports);
  if (manager === undefined) return undefined;
  const found = `it has claimed the state in ${plan.stateDir} ("openclaw database ownership status" shows it)`;
  return describeProblem('gateway.managed-elsewhere', { manager, found }, input.at);
}
