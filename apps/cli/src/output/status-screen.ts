import { dirname } from 'node:path';
import { startFlags } from '@deskclaw/host';
import {
  describeEnd,
  describeExit,
  type GatewayState,
  type GatewayStatus,
  type HostInfo,
  type JournalRecord,
  type LastFailure,
  type OpenClawProgram,
  type Problem,
  type StartRequest,
  shellWord,
} from '@deskclaw/protocol';
import { formatDuration, phaseLabels, shortTime } from './format.ts';
import { layRows, type Part, type Row, span, wrapWords } from './layout.ts';
import { addProfileFlag, problemLines } from './problem.ts';
import type { Style, Tone } from './style.ts';

export interface StatusView {
  readonly gateway: GatewayStatus;
  readonly host: HostInfo | null;
  /** The newest line of the journal. */
  readonly last?: JournalRecord | undefined;
  /** What the last start chose by its options, and the next one without options repeats. */
  readonly choice?: StartRequest | undefined;
  /** Describes an interrupted upgrade and its outcome. */
  readonly interruptedUpgrade?: string | undefined;
  /** The profile to name in commands, where it is not the one meant without saying. */
  readonly profile?: string | undefined;
}
export interface Screen {
  readonly columns?: number | undefined;
  /** Epoch ms. */
  readonly now: number;
  readonly style: Style;
}

interface StateAppearance {
  readonly glyph: 'on' | 'off' | 'busy' | 'bad';
  readonly tone: Tone;
}

function stateAppearance(status: GatewayStatus): StateAppearance {
  switch (status.state) {
    case 'running':
      return status.health === 'unresponsive' || status.health === 'down'
        ? { glyph: 'on', tone: 'warn' }
        : { glyph: 'on', tone: 'good' };
    case 'starting':
    case 'reconnecting':
    case 'stopping':
      return { glyph: 'busy', tone: 'warn' };
    case 'stopped':
      return { glyph: 'off', tone: 'dim' };
    case 'error':
      return { glyph: 'bad', tone: 'bad' };
    default:
      return status.state satisfies never;
  }
}

/** Returns the state as glyph, colour and word, so that any one of them suffices: `● running`, `✗ error`. */
export function stateMark(status: GatewayStatus, style: Style): Part {
  const { glyph, tone } = stateAppearance(status);
  return [span(style.glyphs[glyph], tone), span(' '), span(status.state, tone)];
}

function ownerParts(status: GatewayStatus): Part[] {
  const pid = status.pid === undefined ? '' : ` (pid ${String(status.pid)})`;
  switch (status.ownership) {
    case 'owned':
      return [[span(`managed by deskclaw${pid}`)]];
    case 'attached':
      return [[span(`started by someone else${pid}`)]];
    case 'none':
      return [];
    default:
      return status.ownership satisfies never;
  }
}

const steadyStates: ReadonlySet<GatewayState> = new Set(['running', 'stopped']);

/**
 * Returns the version of the gateway. OpenClaw 2026.2 reports "dev", so the package version is used for our own gateway.
 */
function gatewayVersion(status: GatewayStatus, openclaw: OpenClawProgram | undefined): string | undefined {
  const ours = status.ownership === 'owned' && status.dialect === 'openclaw';
  return status.version === undefined || !ours ? status.version : (openclaw?.version ?? status.version);
}

/** `restarts 1 (last exit 14:02:11: signal SIGKILL)`. */
function restartsText({ restarts, lastExit }: GatewayStatus, now: number): string {
  const count = `restarts ${String(restarts)}`;
  if (lastExit === undefined || lastExit.cause === 'requested') return count;
  return `${count} (last exit ${shortTime(lastExit.at, now)}: ${describeExit(lastExit)})`;
}

/** Names the gateway: "OpenClaw 2026.9.6", "version 0.1.0" for a program that only its host knows by name. */
export function programParts(status: GatewayStatus, openclaw: OpenClawProgram | undefined): Part[] {
  if (status.program !== undefined) return [[span(status.program)]];
  const version = gatewayVersion(status, openclaw);
  return version === undefined ? [] : [[span(`version ${version}`)]];
}

/** Returns the health where it is no good news, since when, and when the watchdog restarts the process. */
function healthParts(status: GatewayStatus, now: number): Part[] {
  const { health, healthSince, watchdogAt } = status;
  if (status.state !== 'running' || health === 'ok' || health === 'unknown') return [];
  const lasted = healthSince === undefined ? '' : ` for ${formatDuration(now - healthSince)}`;
  const restart: Part[] =
    watchdogAt === undefined
      ? []
      : [[span(`restart in ${formatDuration(Math.ceil((watchdogAt - now) / 1_000) * 1_000)}`)]];
  return [[span(`${health}${lasted}`, 'warn')], ...restart];
}

function gatewayRow(status: GatewayStatus, host: HostInfo | null, screen: Screen): Row {
  const step = steadyStates.has(status.state) ? [] : [[span(phaseLabels[status.phase])]];
  // Without a host the time of the stop is unknown.
  const age =
    host === null || status.state === 'running' ? [] : [[span(`for ${formatDuration(screen.now - status.since)}`)]];
  const usual =
    status.usualBootMs === undefined ? [] : [[span(`usually ready in ${formatDuration(status.usualBootMs)}`)]];
  const up = status.connectedAt === undefined ? [] : [[span(`up ${formatDuration(screen.now - status.connectedAt)}`)]];
  // While it is stopped, the status names the program of the next start.
  const program = status.state === 'stopped' ? [] : programParts(status, host?.openclaw);
  const restarts = status.restarts === 0 ? [] : [[span(restartsText(status, screen.now))]];
  return {
    label: 'Gateway',
    parts: [
      stateMark(status, screen.style),
      ...healthParts(status, screen.now),
      ...step,
      ...ownerParts(status),
      ...up,
      ...age,
      ...usual,
      ...program,
      ...restarts,
    ],
  };
}

function retry(status: GatewayStatus, now: number): Part[] {
  if (status.nextRetryAt === undefined) return [];
  const wait = formatDuration(Math.ceil((status.nextRetryAt - now) / 1_000) * 1_000);
  return [[span(`next attempt in ${wait} (attempt ${String(status.reconnectAttempts + 1)})`)]];
}

function socketRow(status: GatewayStatus, screen: Screen): Row | undefined {
  const connected = status.connectedAt !== undefined;
  if (!connected && status.state === 'stopped') return undefined;
  const { glyphs } = screen.style;
  const mark: Part = connected
    ? [span(glyphs.on, 'good'), span(' '), span('connected', 'good')]
    : [span(glyphs.off, 'dim'), span(' '), span('not connected', 'dim')];
  const { latencyMs: rtt, protocol, dialect } = status;
  const labels = [dialect, protocol === undefined ? undefined : `protocol ${String(protocol)}`].filter(
    (word) => word !== undefined,
  );
  return {
    label: 'Socket',
    parts: [
      mark,
      [span(status.url)],
      ...(rtt === undefined ? [] : [[span(`rtt ${formatDuration(rtt.last)} (p95 ${formatDuration(rtt.p95)})`)]]),
      ...(labels.length === 0 ? [] : [[span(labels.join(' '))]]),
      ...retry(status, screen.now),
    ],
  };
}

function hostRow(host: HostInfo | null, screen: Screen): Row | undefined {
  if (host === null) return undefined;
  return {
    label: 'Host',
    parts: [
      [span(`${host.kind} (pid ${String(host.pid)})`)],
      [span(`deskclaw ${host.version}`)],
      [span(`profile ${host.profile}`)],
      [span(`up ${formatDuration(screen.now - host.startedAt)}`)],
    ],
  };
}

function lastRow(last: JournalRecord | undefined, screen: Screen): Row | undefined {
  if (last === undefined) return undefined;
  const { at, category, what, cause, durationMs } = last;
  const after = durationMs === undefined ? undefined : `after ${formatDuration(durationMs)}`;
  const why = [cause, after].filter((word) => word !== undefined).join(', ');
  const event: Part = [span(`${shortTime(at, screen.now)} ${category} ${what}`)];
  return { label: 'Last', parts: why === '' ? [event] : [event, [span(why)]] };
}

function choiceRow({ choice = {}, profile }: StatusView): Row | undefined {
  const flags = startFlags(choice);
  if (flags === '') return undefined;
  // Naming a gateway replaces the choice as a whole, the port too.
  const other = choice.gateway === 'openclaw' && choice.command === undefined ? 'builtin' : 'openclaw';
  const change = addProfileFlag(`deskclaw start --gateway ${other}`, profile);
  return { label: 'Chosen', parts: [[span(flags)], [span(`kept for each start; to change: ${change}`, 'dim')]] };
}

/** How the last process ended and what it said, while no other one is connected and no problem tells it. */
function exitRow({ connectedAt, problem, lastExit, state }: GatewayStatus, screen: Screen): Row | undefined {
  if (connectedAt !== undefined || problem !== undefined || state === 'stopped') return undefined;
  if (lastExit === undefined || lastExit.cause === 'requested') return undefined;
  return {
    label: 'Exited',
    parts: [[span(shortTime(lastExit.at, screen.now))], [span(describeEnd(lastExit), 'warn')]],
  };
}

/** When something failed that no problem of now shows: a start, before its host ended. */
function failureRow({ problem, lastFailure }: GatewayStatus, screen: Screen): Row | undefined {
  if (problem !== undefined || lastFailure === undefined) return undefined;
  const ago = `${formatDuration(screen.now - lastFailure.at)} ago`;
  return { label: 'Failed', parts: [[span(shortTime(lastFailure.at, screen.now))], [span(ago, 'dim')]] };
}

const startsAgain = /\bdeskclaw( --profile \S+)? (?:start|restart|stop)\b/;

/** Adds the command that repeats what failed, unless a next step starts already what can be started. */
function withRepetition({ problem, command }: LastFailure): Problem {
  if (command === undefined || problem.actions.some((action) => startsAgain.test(action.command ?? ''))) return problem;
  const label = problem.retryable ? 'Try again' : 'Then start again';
  return { ...problem, actions: [...problem.actions, { id: 'repeat', label, command }] };
}

/** The problem to explain: the one of now, else the last failure, with the next steps for the start that failed. */
function shownProblem({ problem, lastFailure }: GatewayStatus): Problem | undefined {
  const isSame =
    problem === undefined ||
    (problem.code === lastFailure?.problem.code && problem.detail === lastFailure.problem.detail);
  return lastFailure !== undefined && isSame ? withRepetition(lastFailure) : problem;
}

/** What DeskClaw did to bring the gateway back, or waits for; a trial that nothing preceded is no news. */
function recoveryRow({ gateway: { recovery }, profile }: StatusView, screen: Screen): Row | undefined {
  if (recovery === undefined) return undefined;
  const { state, at, message } = recovery;
  const left = recovery.until === undefined ? '' : ` for ${formatDuration(Math.max(0, recovery.until - screen.now))}`;
  const labels: Readonly<Record<typeof state, string>> = {
    trial: `on trial${left}`,
    asking: addProfileFlag('waits for you: deskclaw recover', profile),
    recovering: 'under way',
    recovered: shortTime(at, screen.now),
    'given-up': 'no step left',
  };
  const text = addProfileFlag(message, profile);
  return { label: 'Recovery', parts: [[span(labels[state], state === 'recovered' ? 'dim' : 'warn')], [span(text)]] };
}

/** What is ignored or cannot be kept. */
function warningLines({ host }: StatusView, { style, columns }: Screen): readonly string[] {
  const { warnings = [] } = host ?? {};
  const lines = warnings.flatMap((warning) => wrapWords(`! ${warning}`, columns));
  const [full] = warnings.flatMap((warning) => /written: (.+?): ENOSPC/.exec(warning)?.[1] ?? []);
  const step =
    full === undefined
      ? []
      : [
          `  ${style.glyphs.arrow} Free space on that disk; to show it:  ${style.paint(`df -h ${shellWord(dirname(full))}`, 'accent')}`,
        ];
  return lines.length === 0 ? [] : ['', ...lines.map((line) => style.paint(line, 'warn')), ...step];
}

function nextLines(view: StatusView, screen: Screen): readonly string[] {
  const { state } = view.gateway;
  const problem = shownProblem(view.gateway);
  if (problem !== undefined) {
    return ['', ...problemLines({ problem, profile: view.profile }, screen.style, screen.columns)];
  }
  if (state !== 'stopped') return [];
  return ['', `Next: ${screen.style.paint(addProfileFlag('deskclaw start', view.profile), 'accent')}`];
}

function interruptedUpgradeLines({ interruptedUpgrade, profile }: StatusView, { columns }: Screen): readonly string[] {
  return interruptedUpgrade === undefined
    ? []
    : ['', ...wrapWords(addProfileFlag(interruptedUpgrade, profile), columns)];
}

/**
 * Returns one screen that shows whether the gateway runs, whether it is connected, what happened last and what to do next.
 */
export function statusScreen(view: StatusView, screen: Screen): readonly string[] {
  const rows = [
    gatewayRow(view.gateway, view.host, screen),
    failureRow(view.gateway, screen),
    exitRow(view.gateway, screen),
    recoveryRow(view, screen),
    socketRow(view.gateway, screen),
    hostRow(view.host, screen),
    choiceRow(view),
    lastRow(view.last, screen),
  ].filter((row) => row !== undefined);
  return [
    ...layRows(rows, screen.style, screen.columns),
    ...warningLines(view, screen),
    ...interruptedUpgradeLines(view, screen),
    ...nextLines(view, screen),
  ];
}
