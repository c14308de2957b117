/** Behaviour, section 8: T2 and T3. Folders are given to another user, which root alone can do. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { GatewayError, nodeClock } from '@deskclaw/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectHostChannel } from '../../src/control/connect-host.ts';
import { ControlSocket } from '../../src/host/control-socket.ts';
import { Host } from '../../src/host/host.ts';
import { findOrphan } from '../../src/profile/orphan.ts';
import { assertOwnFolders, assertPrivateSocket } from '../../src/profile/own-folders.ts';
import { type Paths, resolvePaths } from '../../src/profile/paths.ts';

/** The user "nobody" of every Unix. */
const OTHER = 65_534;
const isRoot = process.getuid?.() === 0;
const onlyRoot = 'only root can give a folder to another user';

let home: string;
let env: Record<string, string>;
let paths: Paths;
const servers: Server[] = [];
const children: ChildProcess[] = [];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'deskclaw-own-'));
  env = { DESKCLAW_HOME: home };
  paths = resolvePaths({ name: 'default', env });
  for (const folder of [dirname(paths.config), paths.state, paths.data, dirname(paths.socket)])
    mkdirSync(folder, { recursive: true, mode: 0o700 });
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
  rmSync(home, { recursive: true, force: true });
});

function problemOf(run: () => unknown): { readonly code: string; readonly detail: string } {
  try {
    run();
  } catch (error) {
    if (error instanceof GatewayError) return { code: error.code, detail: error.problem.detail };
    throw error;
  }
  return { code: 'none', detail: '' };
}

const hostOptions = {
  kind: 'background',
  profile: 'default',
  version: '0',
  builtinGateway: { file: '/none' },
} as const;

function controlSocket(path: string): ControlSocket {
  return new ControlSocket({ path, version: '0', clock: nodeClock, onChannel: () => undefined });
}

const places: readonly [string, (paths: Paths) => string][] = [
  ['state folder', (all) => all.state],
  ['folder of all states', (all) => dirname(all.state)],
  ['settings folder', (all) => dirname(all.config)],
  ['settings file', (all) => all.config],
  ['lock', (all) => all.lock],
  ['folder of installed versions', (all) => all.data],
];

describe.skipIf(process.platform === 'win32')('T3: the folders of a profile', () => {
  it.for(places)(
    'a profile whose %s belongs to another user is refused by host and clients',
    async ([_what, place], context) => {
      if (!isRoot) context.skip(onlyRoot);
      writeFileSync(paths.config, '{}');
      writeFileSync(paths.lock, '{}');
      const path = place(paths);
      chownSync(path, OTHER, OTHER);
      const refusal = {
        code: 'state.foreign',
        detail: expect.stringContaining(`${path} belongs to user nobody (65534)`),
      };
      expect(problemOf(() => assertOwnFolders(paths, env))).toMatchObject(refusal);
      expect(problemOf(() => findOrphan({ name: 'default', env }))).toMatchObject(refusal);
      await expect(connectHostChannel({ profile: 'default', env })).rejects.toMatchObject({ code: 'state.foreign' });
      const options = {
        kind: 'background' as const,
        profile: 'default',
        env,
        version: '0',
        builtinGateway: { file: '/none' },
      };
      await expect(Host.start(options)).rejects.toMatchObject({ code: 'state.foreign' });
      for (const user of ['nobody', '65534', 'guest, nobody'])
        expect(problemOf(() => assertOwnFolders(paths, { ...env, DESKCLAW_TRUST_USERS: user })).code).toBe('none');
      expect(problemOf(() => assertOwnFolders(paths, { ...env, DESKCLAW_TRUST_USERS: 'guest' })).code).toBe(
        'state.foreign',
      );
    },
  );

  it('a profile whose state is a link of another user, or leads to another user, is refused', async (context) => {
    if (!isRoot) context.skip(onlyRoot);
    const theirs = join(home, 'theirs');
    mkdirSync(theirs);
    chownSync(theirs, OTHER, OTHER);
    rmSync(paths.state, { recursive: true });
    symlinkSync(theirs, paths.state);
    expect(problemOf(() => assertOwnFolders(paths, env)).code).toBe('state.foreign');
  });

  it('a profile of our own is accepted, with or without its folders, also behind a link', () => {
    expect(problemOf(() => assertOwnFolders(paths, env)).code).toBe('none');
    rmSync(paths.state, { recursive: true });
    expect(problemOf(() => assertOwnFolders(paths, env)).code).toBe('none');
    mkdirSync(join(home, 'elsewhere'));
    symlinkSync(join(home, 'elsewhere'), paths.state);
    expect(problemOf(() => assertOwnFolders(paths, env)).code).toBe('none');
  });

  it('a state folder that all may write is closed to others by the host', async () => {
    chmodSync(paths.state, 0o777);
    const socket = controlSocket(paths.stateSocket);
    await socket.open();
    expect(lstatSync(paths.state).mode & 0o777).toBe(0o700);
    await socket.close();
  });

  it('an ownership record that others may write names no process', () => {
    const record = { version: 1, nonce: 'n', host: 'h', port: 1, commandHash: '', owner: { pid: 1, startMark: '' } };
    writeFileSync(paths.ownership, JSON.stringify(record));
    chmodSync(paths.ownership, 0o666);
    expect(findOrphan({ name: 'default', env })).toBeUndefined();
  });
});

function listen(path: string): Promise<void> {
  const server = createServer((socket) => socket.on('error', () => undefined).end());
  servers.push(server);
  return new Promise((resolve) => server.listen(path, resolve));
}

/** A host of the other user, which waits for what clients of ours say. */
async function foreignHost(path: string) {
  const program =
    'require("node:net").createServer((s) => process.send({ connected: true }) && s.on("data", (d) => process.send({ heard: String(d) }))).listen(process.argv[1], () => process.send({ ready: true }))';
  const child = spawn(process.execPath, ['-e', program, path], {
    uid: OTHER,
    gid: OTHER,
    cwd: '/',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  children.push(child);
  let heard = '';
  let connections = 0;
  child.on('message', (message: { readonly heard?: string; readonly connected?: true }) => {
    heard += message.heard ?? '';
    if (message.connected === true) connections += 1;
  });
  await once(child, 'message');
  return { heard: () => heard, connections: () => connections };
}

describe.skipIf(process.platform === 'win32')('T2: the socket of a host', () => {
  it('a host of another user, in a folder of that user, is never spoken with', async (context) => {
    if (!isRoot) context.skip(onlyRoot);
    const folder = dirname(paths.socket);
    chownSync(folder, OTHER, OTHER);
    chmodSync(home, 0o755);
    const { heard, connections } = await foreignHost(paths.socket);
    expect(await connectHostChannel({ profile: 'default', env })).toBeUndefined();
    expect(problemOf(() => assertPrivateSocket(paths.socket))).toEqual({
      code: 'state.foreign',
      detail: expect.stringContaining(`${folder} belongs to user nobody`),
    });
    await expect(controlSocket(paths.socket).open()).rejects.toMatchObject({ code: 'state.foreign' });
    expect([heard(), connections()]).toEqual(['', 0]);
  });

  it('a host in the fallback folder of another user is never spoken with, and does not keep ours from starting', async (context) => {
    if (!isRoot) context.skip(onlyRoot);
    const temporary = join(home, 'tmp');
    mkdirSync(temporary);
    const before = process.env['TMPDIR'];
    process.env['TMPDIR'] = temporary;
    try {
      const there = { DESKCLAW_HOME: join(home, 'x'.repeat(100)) };
      const { socket } = resolvePaths({ name: 'default', env: there });
      expect(socket).toContain(temporary);
      mkdirSync(dirname(socket));
      chownSync(dirname(socket), OTHER, OTHER);
      chmodSync(home, 0o755);
      const { heard, connections } = await foreignHost(socket);
      expect(await connectHostChannel({ profile: 'default', env: there })).toBeUndefined();
      const host = await Host.start({ ...hostOptions, env: there });
      const connection = await connectHostChannel({ profile: 'default', env: there });
      expect(connection?.info).toMatchObject({ pid: process.pid });
      connection?.channel.close(1000, '');
      await host.shutdown();
      expect([heard(), connections()]).toEqual(['', 0]);
    } finally {
      if (before === undefined) Reflect.deleteProperty(process.env, 'TMPDIR');
      else process.env['TMPDIR'] = before;
    }
  });

  it('a socket of another user in a folder of ours is not connected to', async (context) => {
    if (!isRoot) context.skip(onlyRoot);
    await listen(paths.stateSocket);
    chmodSync(paths.stateSocket, 0o600);
    chownSync(paths.stateSocket, OTHER, OTHER);
    const connecting = connectHostChannel({ profile: 'default', env });
    await expect(connecting).rejects.toMatchObject({ code: 'state.foreign' });
  });

  it.each([
    ['folder that all may write', 0o777, 0o600],
    ['folder that its group may write', 0o770, 0o600],
    ['mode that lets all write', 0o700, 0o666],
  ])('a socket with a %s is not connected to', async (_what, folder, socket) => {
    await listen(paths.socket);
    chmodSync(paths.socket, socket);
    chmodSync(dirname(paths.socket), folder);
    const { code, detail } = problemOf(() => assertPrivateSocket(paths.socket));
    expect(code).toBe('state.foreign');
    expect(detail).toContain('can be written to by other users');
    expect(await connectHostChannel({ profile: 'default', env })).toBeUndefined();
  });

  it('a socket that is a link, or whose folder is a link, is not connected to', async () => {
    await listen(join(dirname(paths.socket), 'other.sock'));
    symlinkSync('other.sock', paths.socket);
    expect(problemOf(() => assertPrivateSocket(paths.socket)).detail).toContain(`${paths.socket} is a link`);
    const link = join(home, 'link');
    symlinkSync(dirname(paths.socket), link);
    expect(problemOf(() => assertPrivateSocket(join(link, 'default.sock'))).detail).toContain(`${link} is a link`);
  });

  it('a socket that is not there passes, for there is no host', async () => {
    expect(problemOf(() => assertPrivateSocket(paths.socket)).code).toBe('none');
    expect(problemOf(() => assertPrivateSocket(join(home, 'nowhere', 'x.sock'))).code).toBe('none');
    expect(await connectHostChannel({ profile: 'default', env })).toBeUndefined();
  });

  it('the socket of a host is never open to others, whatever the umask', async () => {
    const mask = process.umask(0);
    try {
      const socket = controlSocket(paths.socket);
      await socket.open();
      expect(problemOf(() => assertPrivateSocket(paths.socket)).code).toBe('none');
      expect(lstatSync(paths.socket).mode & 0o777).toBe(0o600);
      expect(process.umask()).toBe(0);
      await socket.close();
    } finally {
      process.umask(mask);
    }
  });
});
