import type { ExitCause, GatewayStatus, HostInfo, LastExit } from '@deskclaw/protocol';
import type { LogLine } from '../session/log-tail.ts';
import { type Control, controls } from './controls.ts';
import { formatAge, formatDuration, formatLatency, formatTime, formatTimestamp } from './durations.ts';
import { plainText } from './log-rows.ts';
import { type ProblemReport, problemReport } from './problem-report.ts';
import { countdownTo, progressLine } from './progress.ts';
import { type StateAppearance, stateAppearance } from './state-appearance.ts';
import { asOf, silentSince, type ViewState } from './view-state.ts';

/** A labelled value. An undefined `value` is unknown and shown as a dash, never as zero. */
export interface Fact {
  readonly id: string;
  readonly label: string;
  readonly value: string | undefined;
  readonly note?: string;
  /** Text for the clipboard; without it there is no copy button. */
  readonly copy?: string;
  readonly tone?: 'alert';
}

export interface StateCard {
  readonly appearance: StateAppearance;
  /** Progress within the state; undefined when the label says everything. */
  readonly line: string | undefined;
  /** "for 3 h 12 min". */
  readonly lasted: string;
  /** "since 10:50:03". */
  readonly since: string;
  /** "OpenClaw 2026.9.6"; while stopped, what the next start runs. */
  readonly program: string | undefined;
  readonly managedBy: string;
  readonly facts: readonly Fact[];
  readonly controls: readonly Control[];
  /** The reason for the state and the next steps beyond `controls`. */
  readonly problem: ProblemReport | undefined;
  /** The countdown under way, epoch ms. */
  readonly countdown?: { readonly from: number; readonly to: number };
  /** "as of 14:02:11", while the host cannot be reached. */
  readonly stale?: string;
}

const hostKindLabels: Readonly<Record<HostInfo['kind'], string>> = {
  background: 'DeskClaw in the background',
  foreground: 'DeskClaw in a terminal',
  desktop: 'the DeskClaw app',
};

/** Describes who manages the gateway process. */
export function managedBy(status: GatewayStatus, host: HostInfo | undefined): string {
  switch (status.ownership) {
    case 'owned':
      return `Managed by ${host === undefined ? 'DeskClaw' : hostKindLabels[host.kind]}`;
    case 'attached':
      return 'Started by another program; DeskClaw only connects';
    case 'none':
      return 'No process';
    default:
      return status.ownership satisfies never;
  }
}

const exitCauseLabels: Readonly<Record<ExitCause, string>> = {
  requested: 'Requested',
  clean: 'Exited on its own',
  configuration: 'Bad configuration',
  'port-in-use': 'Port in use',
  runtime: 'Unsupported runtime',
  'out-of-memory': 'Out of memory',
  killed: 'Killed',
  'not-started': 'Did not start',
  'managed-elsewhere': 'Owned by another manager',
  'newer-state': 'State of a newer version',
  'state-locked': 'State in use',
  crash: 'Crashed',
};

/** How the last process ended: "Killed (SIGKILL)", "Crashed (exit code 1)". */
export function describeExit(exit: LastExit): string {
  const cause = exitCauseLabels[exit.cause];
  if (exit.signal !== null) return `${cause} (${exit.signal})`;
  return exit.code === null ? cause : `${cause} (exit ${String(exit.code)})`;
}

/** A failure that follows an exit within this time, ms, is its consequence. */
const FAILED_AFTER_EXIT_MS = 5_000;

/** Uses the alert tone only while this exit keeps the gateway down. */
function lastExitFact({ lastExit, phase, since }: GatewayStatus, now: number): Fact {
  const base = { id: 'last-exit', label: 'Last stop' };
  if (lastExit === undefined) return { ...base, value: undefined };
  const fact = { ...base, value: describeExit(lastExit), note: formatAge(now - lastExit.at) };
  const asked = lastExit.cause === 'requested' || lastExit.cause === 'clean';
  const isReason = Math.abs(lastExit.at - since) < FAILED_AFTER_EXIT_MS;
  return phase === 'failed' && !asked && isReason ? { ...fact, tone: 'alert' } : fact;
}

/** While running, unknown facts are shown as unknown; otherwise missing facts are left out. */
function facts(status: GatewayStatus, now: number): readonly Fact[] {
  const all = allFacts(status, now);
  return status.state === 'running' ? all : all.filter((fact) => fact.value !== undefined);
}

/** The response time; of a gateway that no longer responds, the last one with its time. */
function latencyFact(status: GatewayStatus, now: number): Fact {
  const { latencyMs } = status;
  const fact = { id: 'latency', label: 'Response time' };
  const silent = silentSince(status);
  if (silent !== undefined) return { ...fact, value: undefined, note: `none for ${formatDuration(now - silent)}` };
  if (latencyMs === undefined) return { ...fact, value: undefined };
  return { ...fact, value: formatLatency(latencyMs.last), note: `p95 ${formatLatency(latencyMs.p95)}` };
}

function allFacts(status: GatewayStatus, now: number): readonly Fact[] {
  const { pid, version, connectedAt, restarts } = status;
  return [
    {
      id: 'pid',
      label: 'Process',
      value: pid === undefined ? undefined : `pid ${String(pid)}`,
      ...(pid === undefined ? {} : { copy: String(pid) }),
    },
    { id: 'version', label: 'Version', value: version },
    { id: 'uptime', label: 'Uptime', value: connectedAt === undefined ? undefined : formatDuration(now - connectedAt) },
    latencyFact(status, now),
    { id: 'restarts', label: 'Restarts', value: String(restarts) },
    lastExitFact(status, now),
  ];
}

function isSelfExplanatory(status: GatewayStatus): boolean {
  return status.state === 'stopped' || (status.state === 'running' && stateAppearance(status).tone === 'ok');
}

/** "OpenClaw 2026.9.6", "Built-in gateway 0.2.0": as the status says it, with a capital letter. */
export function programLabel({ program }: GatewayStatus): string | undefined {
  return program?.startsWith('built-in ') === true ? `B${program.slice(1)}` : program;
}

function nextProgram(status: GatewayStatus): string | undefined {
  const program = programLabel(status);
  return program === undefined ? undefined : `Next start: ${program}`;
}

/** The problem of now; of a stopped gateway, why its last start failed. */
function shownProblem(status: GatewayStatus, offered: readonly Control[], now: number): ProblemReport | undefined {
  const context = { port: status.port, offered: offered.map((control) => control.request) };
  if (status.problem !== undefined) return problemReport(status.problem, context);
  if (status.state !== 'stopped' || status.lastFailure === undefined) return undefined;
  const { problem, at } = status.lastFailure;
  // The start button of the card repeats what failed.
  const report = problemReport(problem, { ...context, offered: [...context.offered, { method: 'gateway.restart' }] });
  return { ...report, title: `Last failure, ${formatAge(now - at)}: ${report.title}` };
}

/** Returns the newest line that a starting gateway printed since its start began: the only sign of progress it gives. */
export function startOutput(status: GatewayStatus, lines: readonly LogLine[]): string | undefined {
  if (status.state !== 'starting') return undefined;
  const line = lines.findLast(({ record }) => record.source === 'gateway');
  return line === undefined || line.record.at < status.since ? undefined : plainText(line.record.text);
}

/** The main card of the screen: the state, its reason and the buttons. */
export function stateCard(viewState: ViewState): StateCard | undefined {
  const { status, link, host } = viewState;
  if (status === undefined) return undefined;
  const now = asOf(viewState);
  const since = silentSince(status) ?? status.since;
  const offered = controls(viewState);
  const to = link.name === 'live' ? countdownTo(status) : undefined;
  return {
    appearance: stateAppearance(status),
    line: isSelfExplanatory(status) ? undefined : progressLine(status, now),
    lasted: `for ${formatDuration(now - since)}`,
    since: `since ${formatTimestamp(since, now)}`,
    program: status.state === 'stopped' ? nextProgram(status) : programLabel(status),
    managedBy: managedBy(status, host),
    facts: facts(status, now),
    controls: offered,
    problem: shownProblem(status, offered, now),
    ...(to === undefined ? {} : { countdown: { from: since, to } }),
    ...(link.name === 'live' ? {} : { stale: `as of ${formatTime(now)}` }),
  };
}
