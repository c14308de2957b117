import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Returns why no library can be loaded before all others here; `undefined`: one can. */
export function preloadObstacle(): string | undefined {
  if (process.platform !== 'linux') return `LD_PRELOAD is for Linux, and this is ${process.platform}`;
  return spawnSync('cc', ['--version']).status === 0 ? undefined : 'no C compiler: `cc --version` fails';
}

/**
 * The functions of libc that the official Node 24 for Linux calls by name (`nm -D`): `uv_spawn` forks and calls `execvp`, files are
 * opened with `open`, moved with `rename`. Out of reach: what goes through `syscall` (`statx`, `io_uring`), and what libc itself opens
 * (`scandir` for folders, `mkdtemp`).
 */
export const preloadedCalls = ['open', 'rename', 'mkdir', 'link', 'bind', 'socket', 'fork', 'execvp'] as const;
export type PreloadedCall = (typeof preloadedCalls)[number];

/** The numbers of Linux. */
export const errnoNumbers = {
  EPERM: 1,
  ENOENT: 2,
  EAGAIN: 11,
  EACCES: 13,
  ENFILE: 23,
  EMFILE: 24,
  ENOSPC: 28,
  EROFS: 30,
  ENOTSUP: 95,
} as const;
export type ErrnoName = keyof typeof errnoNumbers;

const source = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
static int counted;
/* Read at once: between fork and execvp, the environment is that of the new program. */
static const char *name;
__attribute__((constructor)) static void begin(void) { const char *value = getenv("FAULTS_FILE"); name = value ? strdup(value) : NULL; }
/* FAULTS_FILE holds "CALL ERRNO FROM COUNT WHERE": of the calls in this process whose path holds WHERE, those from number FROM fail. */
static int fails(const char *call, const char *path) {
  char text[4096], wanted[32], where[2048];
  int number, from, count, length, file;
  if (name == NULL || (file = syscall(SYS_openat, AT_FDCWD, name, O_RDONLY | O_CLOEXEC)) < 0) return 0;
  length = syscall(SYS_read, file, text, sizeof text - 1);
  syscall(SYS_close, file);
  if (length <= 0) return 0;
  text[length] = 0;
  if (sscanf(text, "%31s %d %d %d %2047s", wanted, &number, &from, &count, where) != 5 || strcmp(wanted, call)) return 0;
  if (path != NULL && (strcmp(path, name) == 0 || strstr(path, where) == NULL)) return 0;
  int nth = __atomic_add_fetch(&counted, 1, __ATOMIC_SEQ_CST);
  if (nth < from || (count > 0 && nth >= from + count)) return 0;
  snprintf(text, sizeof text, "%s.hits", name);
  if ((file = syscall(SYS_openat, AT_FDCWD, text, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) >= 0) {
    length = snprintf(text, sizeof text, "%d %s %s\\n", getpid(), call, path == NULL ? "" : path);
    if (syscall(SYS_write, file, text, length) < 0) length = 0;
    syscall(SYS_close, file);
  }
  errno = number;
  return 1;
}
#define REAL(name) __typeof__(&name) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)
#define MODE mode_t mode = 0; if (flags & (O_CREAT | O_TMPFILE)) { va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); }
int open(const char *path, int flags, ...) { MODE REAL(open); return fails("open", path) ? -1 : real(path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE REAL(open64); return fails("open", path) ? -1 : real(path, flags, mode); }
int rename(const char *from, const char *to) { REAL(rename); return fails("rename", to) ? -1 : real(from, to); }
int mkdir(const char *path, mode_t mode) { REAL(mkdir); return fails("mkdir", path) ? -1 : real(path, mode); }
int link(const char *from, const char *to) { REAL(link); return fails("link", to) ? -1 : real(from, to); }
int bind(int fd, const struct sockaddr *at, socklen_t length) { REAL(bind); return fails("bind", NULL) ? -1 : real(fd, at, length); }
int socket(int domain, int type, int protocol) { REAL(socket); return fails("socket", NULL) ? -1 : real(domain, type, protocol); }
pid_t fork(void) { REAL(fork); return fails("fork", NULL) ? -1 : real(); }
int execvp(const char *file, char *const argv[]) { REAL(execvp); return fails("execvp", NULL) ? -1 : real(file, argv); }
`;

export interface PreloadedFault {
  readonly call: PreloadedCall;
  readonly code: ErrnoName;
  /** The first call that fails, from 1, counted in each process. */
  readonly from: number;
  /** How many calls fail; 0: all. */
  readonly count: number;
  /** For calls with a path: what the path holds. */
  readonly where: string;
}

/** A library that makes calls of the system fail in the processes it is loaded into, as long as a file says so. */
export class PreloadedFaults {
  readonly #folder = mkdtempSync(join(tmpdir(), 'deskclaw-faults-'));
  readonly #file = join(this.#folder, 'fault');

  constructor() {
    writeFileSync(join(this.#folder, 'faults.c'), source);
    execFileSync('cc', [
      '-shared',
      '-fPIC',
      '-o',
      join(this.#folder, 'faults.so'),
      join(this.#folder, 'faults.c'),
      '-ldl',
    ]);
  }

  get env(): Readonly<Record<string, string>> {
    return { LD_PRELOAD: join(this.#folder, 'faults.so'), FAULTS_FILE: this.#file };
  }

  begin({ call, code, from, count, where }: PreloadedFault): void {
    rmSync(`${this.#file}.hits`, { force: true });
    writeFileSync(this.#file, `${call} ${String(errnoNumbers[code])} ${String(from)} ${String(count)} ${where}\n`);
  }

  /** Ends the fault, in processes that run as well. */
  end(): void {
    rmSync(this.#file, { force: true });
  }

  /** The calls that were made to fail, oldest first: pid, name and path. */
  get hits(): readonly string[] {
    const file = `${this.#file}.hits`;
    return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }
}
