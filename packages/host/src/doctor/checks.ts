import { type CheckReport, type CheckResult, type Problem, shellWord } from '@deskclaw/protocol';
import type { DoctorFacts, PathFacts } from './facts.ts';

type Check = (facts: DoctorFacts) => CheckReport;
type Next = CheckReport['next'];

const MIB = 1024 * 1024;
const DISK_FAULT_BYTES = 10 * MIB;
const DISK_WARNING_BYTES = 200 * MIB;
const CLOCK_TOLERANCE_MS = 10 * 60_000;
/** No DeskClaw is older: a clock before it is wrong. */
const FIRST_RELEASE = Date.UTC(2026, 0, 1);
/** Rights of the group and of all others. */
const OTHERS = 0o077;

const FIX: Next = [{ label: 'Repair it', command: 'deskclaw doctor --fix' }];

/** Reports of one check. */
function reporter(id: string, title: string) {
  const report = (result: CheckResult, why: string, next: Next = []): CheckReport => ({ id, title, result, why, next });
  return {
    ok: (why: string) => report('ok', why),
    warning: (why: string, next?: Next) => report('warning', why, next),
    fault: (why: string, next?: Next) => report('fault', why, next),
    fixable: (why: string): CheckReport => ({ ...report('warning', why, FIX), fixable: true }),
    problem: ({ code, title: what, detail, actions }: Problem): CheckReport => ({
      ...report('fault', `${what}. ${detail}`, actions),
      code,
    }),
  };
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

const node: Check = ({ node: { version, file, isSupported, needed } }) => {
  const report = reporter('node', 'Node');
  const why = `DeskClaw runs on Node ${version} (${file}).`;
  return isSupported
    ? report.ok(why)
    : report.fault(`${why} It needs ${needed} or newer.`, [{ label: `Install Node ${needed} or newer` }]);
};

const settings: Check = ({ settings: { path, problem, warnings } }) => {
  const report = reporter('settings', 'Settings');
  if (problem !== undefined) return report.problem(problem);
  const list: Next = [{ label: 'Show all settings', command: 'deskclaw config list --all' }];
  return warnings.length > 0 ? report.warning(`${warnings.join('. ')}.`, list) : report.ok(`${path} is valid.`);
};

const nextStart: Check = ({ nextStart: { what, problem } }) => {
  const report = reporter('next-start', 'Next start');
  return problem === undefined ? report.ok(`It would run ${what}.`) : report.problem(problem);
};

const port: Check = ({ port: found }) => {
  const report = reporter('port', 'Port');
  if (found === undefined) return report.ok('Chosen at the start, or the gateway runs elsewhere.');
  const { host, port: number, state, owner, isOurs, mayAttach, otherProfile } = found;
  const place = `Port ${String(number)} on ${host}`;
  const other: Next = [{ label: 'Use a free port', command: 'deskclaw start --port 0' }];
  switch (state) {
    case 'free':
      return report.ok(`${place} is free.`);
    case 'no-address':
      return report.fault(`${host} is no address of this machine.`, [
        { label: 'Use this machine', command: 'deskclaw config set host 127.0.0.1' },
      ]);
    case 'forbidden':
      return report.fault(`The system does not let us listen on port ${String(number)}.`, other);
    case 'taken': {
      const by =
        owner === undefined ? 'a program that the system does not show' : `${owner.name} (pid ${String(owner.pid)})`;
      if (isOurs) return report.ok(`${place} is held by the gateway of this profile, ${by}.`);
      if (otherProfile !== undefined)
        return report.fault(`${place} is held by the gateway of your profile "${otherProfile}", ${by}.`, other);
      const show: Next =
        owner === undefined ? [] : [{ label: 'Show that program', command: `ps -fp ${String(owner.pid)}` }];
      if (!mayAttach) return report.fault(`${place} is held by ${by}.`, [...show, ...other]);
      return report.warning(
        `${place} is held by ${by}. A start attaches to it if it is a gateway, and fails otherwise.`,
        [...show, ...other],
      );
    }
    default:
      return state satisfies never;
  }
};

const lock: Check = ({ lock: { path, pid, presence }, orphan }) => {
  const report = reporter('lock', 'Host and lock');
  const holder = `process ${String(pid)}`;
  switch (presence) {
    case undefined:
      break;
    case 'alive':
      return report.ok(`The host runs as ${holder}.`);
    case 'elsewhere':
      return report.warning(
        `${path} names ${holder} of another container or machine, which cannot be looked at from here.`,
      );
    case 'dead':
      if (orphan === undefined)
        return report.fixable(`${path} was left by ${holder}, which is dead. The next start takes it over.`);
      break;
    default:
      return presence satisfies never;
  }
  if (orphan === undefined) return report.ok('No host runs.');
  return report.warning(
    `The gateway (pid ${String(orphan.pid)}, port ${String(orphan.port)}) runs, but its host is dead.`,
    [
      { label: 'Take it back', command: 'deskclaw start' },
      { label: 'Or end it', command: 'deskclaw stop' },
    ],
  );
};

const disk: Check = ({ disk: { path, freeBytes } }) => {
  const report = reporter('disk', 'Disk');
  if (freeBytes === undefined) return report.warning(`The free space of ${path} cannot be read.`);
  const free = `${String(Math.floor(freeBytes / MIB))} MiB are free for ${path}.`;
  const show: Next = [{ label: 'Show the disk', command: `df -h ${shellWord(path)}` }];
  if (freeBytes < DISK_FAULT_BYTES) return report.fault(`The disk is full: ${free}`, show);
  return freeBytes < DISK_WARNING_BYTES ? report.warning(free, show) : report.ok(free);
};

/** Whether other users may use a file or folder of ours. */
export function isOpenToOthers({ mode }: PathFacts): boolean {
  return (mode & OTHERS) !== 0;
}

const permissions: Check = ({ paths }) => {
  const report = reporter('permissions', 'Permissions');
  const foreign = paths.find(({ foreignOwner }) => foreignOwner !== undefined);
  if (foreign?.foreignOwner !== undefined)
    return {
      ...report.fault(`${foreign.path} belongs to user ${foreign.foreignOwner}, who could replace what is in it.`, [
        { label: 'Show the owner', command: `ls -ld ${shellWord(foreign.path)}` },
      ]),
      code: 'state.foreign',
    };
  const readOnly = paths.find(({ isWritable }) => !isWritable);
  if (readOnly !== undefined)
    return {
      ...report.fault(`${readOnly.path} cannot be written to (mode ${octal(readOnly.mode)}).`, [
        { label: 'Let its owner write', command: `chmod u+w ${shellWord(readOnly.path)}` },
      ]),
      code: 'state.read-only',
    };
  const open = paths.filter(isOpenToOthers);
  if (open.length === 0) return report.ok('Only you can read the files of DeskClaw.');
  return report.fixable(
    `Other users may use ${open.map(({ path, mode }) => `${path} (mode ${octal(mode)})`).join(', ')}.`,
  );
};

const runtime: Check = ({ runtime: { path, exists, missing, deadSockets } }) => {
  const report = reporter('runtime', 'Runtime folder');
  if (missing !== undefined)
    return report.warning(`XDG_RUNTIME_DIR is ${missing}, which does not exist.`, [
      { label: 'Use the folder beside the state', command: 'unset XDG_RUNTIME_DIR' },
    ]);
  if (deadSockets.length > 0) return report.fixable(`Nobody listens on ${deadSockets.join(', ')}.`);
  return report.ok(exists ? `${path} is there.` : `${path} is made by the next start.`);
};

const keyring: Check = ({ keyring: { choice, stored, hasSessionBus } }) => {
  const report = reporter('keyring', 'Device key');
  if (choice === 'keyring' && !hasSessionBus)
    return report.ok(
      `${stored}. This session has no keyring (no DBUS_SESSION_BUS_ADDRESS), so the key is kept in its file.`,
    );
  return report.ok(`${stored}.`);
};

const clock: Check = ({ clock: { now, newestFile } }) => {
  const report = reporter('clock', 'Clock');
  const says = `The clock says ${new Date(now).toISOString()}`;
  const set: Next = [{ label: 'Show the clock', command: 'date -u' }];
  if (now < FIRST_RELEASE) return report.fault(`${says}, which is before DeskClaw was made.`, set);
  if (newestFile !== undefined && newestFile.at > now + CLOCK_TOLERANCE_MS)
    return report.warning(
      `${says}, but ${newestFile.path} was written later, at ${new Date(newestFile.at).toISOString()}.`,
      set,
    );
  return report.ok(`${says}.`);
};

const proxy: Check = ({ proxy: { variables, excludesLoopback } }) => {
  const report = reporter('proxy', 'Proxy');
  if (variables.length === 0) return report.ok('No proxy is set.');
  if (excludesLoopback) return report.ok(`${variables.join(', ')} is set, and NO_PROXY excludes this machine.`);
  return report.warning(
    `${variables.join(', ')} is set and NO_PROXY does not exclude this machine: programs may send requests for the gateway to the proxy.`,
    [{ label: 'Exclude this machine', command: 'export NO_PROXY=localhost,127.0.0.1,::1' }],
  );
};

const failures: Check = ({ lastFailure, pendingUpgrade }) => {
  const report = reporter('failures', 'Recent failures');
  if (pendingUpgrade)
    return report.warning('An upgrade of OpenClaw was interrupted; the next start finishes it or goes back.', [
      { label: 'Finish it', command: 'deskclaw start' },
    ]);
  if (lastFailure === undefined) return report.ok('The last start did not fail.');
  const { problem, at, command } = lastFailure;
  const when = new Date(at).toISOString();
  const again: Next = command === undefined ? [] : [{ label: 'Try again', command }];
  return report.warning(`The last start failed at ${when} (${problem.code}): ${problem.title}. ${problem.detail}`, [
    ...again,
  ]);
};

/** Every check of DeskClaw itself, in the order of the report; those of the gateway's program come after the next start. */
const before: readonly Check[] = [node, settings, nextStart];
const after: readonly Check[] = [port, lock, disk, permissions, runtime, keyring, clock, proxy, failures];

export function runChecks(facts: DoctorFacts): readonly CheckReport[] {
  return [...before.map((check) => check(facts)), ...facts.gatewayChecks, ...after.map((check) => check(facts))];
}
