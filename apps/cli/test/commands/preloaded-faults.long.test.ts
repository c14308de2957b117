/** E5 and E10 on a real system whose calls are replaced by a library that is loaded before all others. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Home, processesOf } from '../support/deskclaw.ts';
import { at } from '../support/shape.ts';

/** `link` fails with LINK_ERRNO, `bind` of a local socket with BIND_ERRNO, and the wall clock is off by what CLOCK_FILE says. */
const source = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#define REAL(name) __typeof__(&name) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)
static int asked(const char *name) { const char *value = getenv(name); return value ? atoi(value) : 0; }
int link(const char *from, const char *to) {
  REAL(link); if (asked("LINK_ERRNO")) { errno = asked("LINK_ERRNO"); return -1; } return real(from, to);
}
int linkat(int a, const char *from, int b, const char *to, int flags) {
  REAL(linkat); if (asked("LINK_ERRNO")) { errno = asked("LINK_ERRNO"); return -1; } return real(a, from, b, to, flags);
}
int bind(int fd, const struct sockaddr *address, socklen_t length) {
  REAL(bind);
  if (address->sa_family == AF_UNIX && asked("BIND_ERRNO")) { errno = asked("BIND_ERRNO"); return -1; }
  return real(fd, address, length);
}
static long offset(void) {
  const char *path = getenv("CLOCK_FILE"); long seconds = 0;
  FILE *file = path ? fopen(path, "r") : NULL;
  if (file) { if (fscanf(file, "%ld", &seconds) != 1) seconds = 0; fclose(file); }
  return seconds;
}
int clock_gettime(clockid_t clock, struct timespec *time) {
  REAL(clock_gettime); int result = real(clock, time);
  if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) time->tv_sec += offset();
  return result;
}
int gettimeofday(struct timeval *time, void *zone) {
  REAL(gettimeofday); int result = real(time, zone); time->tv_sec += offset(); return result;
}
`;

const canCompile = process.platform === 'linux' && spawnSync('cc', ['--version']).status === 0;
let folder = '';
let library = '';

beforeAll(() => {
  if (!canCompile) return;
  folder = mkdtempSync(join(tmpdir(), 'deskclaw-preload-'));
  library = join(folder, 'faults.so');
  writeFileSync(join(folder, 'faults.c'), source);
  execFileSync('cc', ['-shared', '-fPIC', '-o', library, join(folder, 'faults.c'), '-ldl']);
});
afterAll(() => {
  if (folder !== '') rmSync(folder, { recursive: true });
});

describe.skipIf(!canCompile)('calls of the system that fail or lie', () => {
  it.each([
    ['EPERM', 1],
    ['ENOSYS', 38],
    ['ENOTSUP', 95],
  ])('E5: start and stop work where hard links fail with %s', async (_name, errno) => {
    const home = new Home({ LD_PRELOAD: library, LINK_ERRNO: String(errno) });
    expect(await home.startBuiltin()).toMatchObject({ gateway: { state: 'running' } });
    expect(await home.run('status')).toMatchObject({ code: 0 });
    expect(await home.run('stop')).toMatchObject({ code: 0 });
    expect(processesOf(home.folder)).toEqual([]);
  });

  it.each([
    ['EPERM', 1],
    ['EACCES', 13],
  ])('E5: a start whose sockets cannot be bound (%s) names the cause, without a stack trace', async (name, errno) => {
    const home = new Home({ LD_PRELOAD: library, BIND_ERRNO: String(errno) });
    for (const more of [[], ['--foreground']]) {
      const ended = await home.run('start', '--gateway', 'builtin', '--port', '0', ...more);
      expect(ended.code).not.toBe(0);
      expect(ended.stderr).toContain(name);
      expect(ended.stderr).not.toMatch(/Unhandled|Uncaught|^\s+at .+:\d+:\d+/m);
      expect(processesOf(home.folder)).toEqual([]);
    }
  });

  it.each([
    ['back by two days', -172_800],
    ['forward by 400 days', 34_560_000],
  ])('E10: a wall clock that is set %s changes no age, and a killed gateway comes back', async (_how, seconds) => {
    const clock = join(folder, 'offset');
    writeFileSync(clock, '0');
    const home = new Home({ LD_PRELOAD: library, CLOCK_FILE: clock });
    await home.startBuiltin();
    const isUpForSeconds = async () => / up \d+(\.\d)? s /.test((await home.run('status')).stdout);
    while (!(await isUpForSeconds()));
    writeFileSync(clock, String(seconds));
    expect(await isUpForSeconds()).toBe(true);
    const pid = Number(at(await home.document('status'), 'gateway.pid'));
    process.kill(pid, 'SIGKILL');
    for (let isBack = false; !isBack; ) {
      const { stdout } = await home.run('status', '--json');
      isBack = stdout.includes('"connectedAt"') && !stdout.includes(`"pid":${String(pid)}`);
    }
    expect(await home.run('stop')).toMatchObject({ code: 0 });
  });
});
