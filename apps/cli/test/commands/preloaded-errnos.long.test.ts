/** E2 and E5 on a real system: the nth call of the command line, the host or its spawn fails with an error code, and is named. */
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Ended, Home, parseDocument, processesOf, until } from '../support/deskclaw.ts';
import { type ErrnoName, type PreloadedCall, PreloadedFaults, preloadObstacle } from '../support/preloaded-faults.ts';
import { numberAt } from '../support/shape.ts';

const obstacle = preloadObstacle();
let faults: PreloadedFaults;

beforeAll(() => {
  if (obstacle === undefined) faults = new PreloadedFaults();
});
afterAll(() => {
  if (obstacle === undefined) faults.remove();
});

type Row = readonly [call: PreloadedCall, code: ErrnoName, from: number, count: number];

/** `count` 0: every call from that one on. */
const rows: readonly Row[] = [
  ['open', 'EMFILE', 1, 0],
  ['open', 'ENFILE', 3, 0],
  ['open', 'EACCES', 1, 0],
  ['open', 'EROFS', 2, 0],
  ['open', 'ENOSPC', 1, 1],
  ['open', 'EMFILE', 5, 1],
  ['mkdir', 'EACCES', 1, 0],
  ['mkdir', 'ENOSPC', 1, 0],
  ['mkdir', 'EROFS', 1, 0],
  ['mkdir', 'EROFS', 2, 0],
  ['mkdir', 'EMFILE', 1, 1],
  ['rename', 'ENOSPC', 1, 0],
  ['rename', 'EACCES', 1, 1],
  ['rename', 'EPERM', 2, 0],
  ['link', 'EPERM', 1, 0],
  ['link', 'ENOSPC', 1, 0],
  ['link', 'EROFS', 1, 1],
  ['bind', 'EACCES', 1, 0],
  ['bind', 'EMFILE', 1, 1],
  ['bind', 'ENOSPC', 2, 0],
  ['socket', 'EMFILE', 1, 0],
  ['socket', 'ENFILE', 2, 0],
  ['socket', 'EMFILE', 3, 1],
  ['fork', 'EAGAIN', 1, 0],
  ['fork', 'ENOSPC', 1, 1],
  ['execvp', 'EACCES', 1, 0],
  ['execvp', 'EAGAIN', 1, 1],
];

const isFaultOfOurs = /Unhandled|Uncaught|^\s+at .+:\d+:\d+|code internal/m;

function drafts(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(?:new|tmp|draft)$/.test(name));
}

describe('a call of the system that fails in command, host or spawn', () => {
  test.for(rows)(
    '%s with %s from call %i (%i times) is survived, named, and over when the fault ends',
    async (row, context) => {
      if (obstacle !== undefined) return context.skip(obstacle);
      const [call, code, from, count] = row;
      const home = new Home(faults.env);
      faults.begin({ call, code, from, count, where: home.folder });
      const begin = (): Promise<Ended> => home.run('start', '--gateway', 'builtin', '--port', '0', '--timeout', '20');
      const started = await begin();
      const { hits } = faults;
      expect(hits.length, 'calls that failed').toBeGreaterThan(0);
      expect(started.stdout + started.stderr).not.toMatch(isFaultOfOurs);
      if (started.code !== 0) {
        expect(started.stderr, hits.join('\n')).toContain(code);
        expect(processesOf(home.folder)).toEqual([]);
      }
      const during = await home.run('status');
      expect(during.stdout + during.stderr).not.toMatch(isFaultOfOurs);
      faults.end();
      const recovered = await begin();
      expect(recovered, recovered.stderr).toMatchObject({ code: 0 });
      expect((await home.document('status')) as unknown).toMatchObject({ gateway: { state: 'running' } });
      expect(await home.run('stop')).toMatchObject({ code: 0 });
      expect(processesOf(home.folder)).toEqual([]);
      expect(drafts(home.folder)).toEqual([]);
    },
  );

  test.for<Row>([
    ['fork', 'EAGAIN', 1, 0],
    ['fork', 'ENOSPC', 1, 0],
    ['execvp', 'EACCES', 1, 0],
    ['bind', 'ENOSPC', 1, 0],
    ['open', 'EMFILE', 1, 0],
    ['rename', 'EROFS', 1, 0],
  ])(
    '%s with %s from call %i (%i times) while a gateway is respawned costs the gateway at most',
    async (row, context) => {
      if (obstacle !== undefined) return context.skip(obstacle);
      const [call, code, from, count] = row;
      const home = new Home(faults.env);
      const started = await home.startBuiltin();
      const [host, pid] = [numberAt(started, 'host.pid'), numberAt(started, 'pid')];
      faults.begin({ call, code, from, count, where: home.folder });
      process.kill(pid, 'SIGKILL');
      await until(() => faults.hits.length > 0);
      faults.end();
      expect(await home.run('start')).toMatchObject({ code: 0 });
      const { stdout } = await home.run('status', '--json');
      expect(parseDocument(stdout)).toMatchObject({ host: { pid: host }, gateway: { state: 'running' } });
      expect((await home.run('logs', '-n', '1000')).stdout).not.toMatch(isFaultOfOurs);
      expect(await home.run('stop')).toMatchObject({ code: 0 });
      expect(processesOf(home.folder)).toEqual([]);
    },
  );
});
