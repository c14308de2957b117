import { type CheckReport, describeProblem, exitCodeForDoctor } from '@deskclaw/protocol';
import { describe, expect, it } from 'vitest';
import { runChecks } from '../../src/doctor/checks.ts';
import type { DoctorFacts } from '../../src/doctor/facts.ts';
import { planFixes } from '../../src/doctor/fixes.ts';

const now = Date.UTC(2026, 10, 29);
const healthy: DoctorFacts = {
  profile: 'default',
  node: { version: '24.21.0', file: '/usr/bin/node', isSupported: true, needed: '22.19' },
  settings: { path: '/c/config.json', warnings: [] },
  nextStart: { what: 'the built-in gateway' },
  gatewayChecks: [],
  port: { host: '127.0.0.1', port: 18_789, state: 'free', isOurs: false, mayAttach: true },
  lock: { path: '/s/host.lock' },
  disk: { path: '/s', freeBytes: 10 ** 12 },
  paths: [{ path: '/s', kind: 'folder', mode: 0o700, isWritable: true }],
  runtime: { path: '/r', exists: true, deadSockets: [] },
  keyring: { choice: 'keyring', stored: 'It is kept in: the keyring', hasSessionBus: true },
  clock: { now },
  proxy: { variables: [], excludesLoopback: false },
  pendingUpgrade: false,
};

function check(id: string, facts: Partial<DoctorFacts>): CheckReport {
  const found = runChecks({ ...healthy, ...facts }).find((each) => each.id === id);
  if (found === undefined) throw new Error(`no check ${id}`);
  return found;
}
const invalid = describeProblem('config.invalid', { source: '/c/config.json', fault: 'port must be a number' }, now);
const missing = describeProblem('openclaw.not-installed', { searched: ['/bin'] }, now);
const { port } = healthy;
const taken = { host: '127.0.0.1', port: 1, state: 'taken', isOurs: false, mayAttach: true } as const;
const owner = { pid: 7, name: 'nginx' };

describe('runChecks', () => {
  it('reports no fault and no warning of a healthy profile, each check once', () => {
    const checks = runChecks(healthy);
    expect(checks.filter(({ result }) => result !== 'ok')).toEqual([]);
    expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length);
    expect(port).toBeDefined();
  });

  it.each<[string, Partial<DoctorFacts>, string, string, string | undefined]>([
    ['node', { node: { ...healthy.node, isSupported: false } }, 'fault', 'needs 22.19 or newer', undefined],
    [
      'settings',
      { settings: { path: '/c', warnings: [], problem: invalid } },
      'fault',
      'port must be a number',
      undefined,
    ],
    [
      'settings',
      { settings: { path: '/c', warnings: ['unknown key "prot"'] } },
      'warning',
      '"prot"',
      'deskclaw config list --all',
    ],
    [
      'next-start',
      { nextStart: { what: 'OpenClaw', problem: missing } },
      'fault',
      'was not found',
      'deskclaw openclaw install',
    ],
    ['port', { port: { ...taken, owner } }, 'warning', 'nginx (pid 7)', 'ps -fp 7'],
    ['port', { port: { ...taken, owner, mayAttach: false } }, 'fault', 'nginx (pid 7)', 'ps -fp 7'],
    ['port', { port: { ...taken, owner, isOurs: true } }, 'ok', 'of this profile', undefined],
    ['port', { port: { ...taken, owner, otherProfile: 'work' } }, 'fault', 'profile "work"', 'deskclaw start --port 0'],
    ['port', { port: { ...taken } }, 'warning', 'does not show', 'deskclaw start --port 0'],
    ['port', { port: { ...taken, state: 'forbidden' } }, 'fault', 'does not let us', 'deskclaw start --port 0'],
    ['port', { port: { ...taken, state: 'no-address' } }, 'fault', 'no address', 'deskclaw config set host 127.0.0.1'],
    ['lock', { lock: { path: '/s/host.lock', pid: 7, presence: 'alive' } }, 'ok', 'process 7', undefined],
    [
      'lock',
      { lock: { path: '/s/host.lock', pid: 7, presence: 'dead' } },
      'warning',
      'is dead',
      'deskclaw doctor --fix',
    ],
    [
      'lock',
      { lock: { path: '/s/host.lock', pid: 7, presence: 'elsewhere' } },
      'warning',
      'another container',
      undefined,
    ],
    ['lock', { orphan: { pid: 7, port: 1 } }, 'warning', 'its host is dead', 'deskclaw start'],
    ['disk', { disk: { path: '/s', freeBytes: 0 } }, 'fault', 'disk is full', 'df -h /s'],
    ['disk', { disk: { path: '/s', freeBytes: 2 ** 26 } }, 'warning', '64 MiB', 'df -h /s'],
    ['disk', { disk: { path: '/s', freeBytes: undefined } }, 'warning', 'cannot be read', undefined],
    [
      'permissions',
      { paths: [{ path: '/s', kind: 'folder', mode: 0o755, isWritable: true }] },
      'warning',
      'mode 0755',
      'deskclaw doctor --fix',
    ],
    [
      'permissions',
      { paths: [{ path: '/s', kind: 'folder', mode: 0o500, isWritable: false }] },
      'fault',
      'cannot be written',
      'chmod u+w /s',
    ],
    [
      'permissions',
      { paths: [{ path: '/s', kind: 'folder', mode: 0o755, isWritable: true, foreignOwner: 'guest (7)' }] },
      'fault',
      'guest (7)',
      'ls -ld /s',
    ],
    [
      'runtime',
      { runtime: { path: '/r', exists: false, deadSockets: [], missing: '/run/user/7' } },
      'warning',
      '/run/user/7',
      'unset XDG_RUNTIME_DIR',
    ],
    [
      'runtime',
      { runtime: { path: '/r', exists: true, deadSockets: ['/r/x.sock'] } },
      'warning',
      '/r/x.sock',
      'deskclaw doctor --fix',
    ],
    ['keyring', { keyring: { ...healthy.keyring, hasSessionBus: false } }, 'ok', 'no keyring', undefined],
    ['clock', { clock: { now: 0 } }, 'fault', '1970', 'date -u'],
    ['clock', { clock: { now, newestFile: { path: '/s/j', at: now + 86_400_000 } } }, 'warning', '/s/j', 'date -u'],
    [
      'proxy',
      { proxy: { variables: ['HTTP_PROXY'], excludesLoopback: false } },
      'warning',
      'HTTP_PROXY',
      'export NO_PROXY=localhost,127.0.0.1,::1',
    ],
    ['proxy', { proxy: { variables: ['HTTP_PROXY'], excludesLoopback: true } }, 'ok', 'HTTP_PROXY', undefined],
    [
      'failures',
      { lastFailure: { problem: missing, at: now, command: 'deskclaw start --port 1' } },
      'warning',
      'openclaw.not-installed',
      'deskclaw start --port 1',
    ],
    ['failures', { pendingUpgrade: true }, 'warning', 'interrupted', 'deskclaw start'],
  ])('check %s of %j has a reason and a next step', (id, facts, result, why, command) => {
    const found = check(id, facts);
    expect(found).toMatchObject({ result, why: expect.stringContaining(why) });
    if (command !== undefined) expect(found.next.map((step) => step.command)).toContain(command);
  });

  it('exits with 78 for a configuration, 1 for another fault and 0 for warnings', () => {
    const exit = (facts: Partial<DoctorFacts>) =>
      exitCodeForDoctor({ profile: 'x', checks: runChecks({ ...healthy, ...facts }) });
    expect(exit({ settings: { path: '/c', warnings: [], problem: invalid } })).toBe(78);
    expect(exit({ nextStart: { what: 'OpenClaw', problem: missing } })).toBe(78);
    expect(exit({ disk: { path: '/s', freeBytes: 0 } })).toBe(1);
    expect(exit({ pendingUpgrade: true })).toBe(0);
  });
});

describe('planFixes', () => {
  it('takes rights only from others, and only removes what the dead left', () => {
    const paths = [
      { path: '/s', kind: 'folder', mode: 0o755, isWritable: true },
      { path: '/s/token', kind: 'file', mode: 0o644, isWritable: true },
      { path: '/c', kind: 'folder', mode: 0o700, isWritable: true },
    ] as const;
    const lock = { path: '/s/host.lock', pid: 7, presence: 'dead' } as const;
    const runtime = { path: '/r', exists: true, deadSockets: ['/r/x.sock'] };
    expect(planFixes({ ...healthy, paths, lock, runtime })).toEqual([
      { kind: 'make-private', path: '/s', before: 0o755, after: 0o700 },
      { kind: 'make-private', path: '/s/token', before: 0o644, after: 0o600 },
      { kind: 'remove-lock', path: '/s/host.lock' },
      { kind: 'remove-socket', path: '/r/x.sock' },
    ]);
    expect(planFixes(healthy)).toEqual([]);
    expect(planFixes({ ...healthy, lock, orphan: { pid: 8, port: 1 } })).toEqual([]);
  });
});
