import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { nodePeerIdentity } from '../../../src/ports/node/node-peer-identity.ts';
import { userName } from '../../../src/ports/node/path-owner.ts';
import {
  findSocketRow,
  linuxSocketPeer,
  lsofSocketPeer,
  parseLsofSocketPeer,
  parseNetstatPeer,
} from '../../../src/ports/node/socket-peer.ts';
import type { SocketEnds } from '../../../src/ports/peer-identity.ts';
import { endAll, spawnReal } from '../../process/real.ts';
import { noOtherUser, OTHER_USER, OtherUsersProgram } from '../../trust/other-user.ts';

const servers: Server[] = [];
const sockets: Socket[] = [];
const programs: OtherUsersProgram[] = [];
afterEach(async () => {
  endAll();
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
  await Promise.all(programs.splice(0).map((program) => program.end()));
});

async function connectTo(port: number, host = '127.0.0.1'): Promise<SocketEnds> {
  const socket = connect(port, host);
  sockets.push(socket);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  const { localAddress = '', localPort = 0, remoteAddress = '', remotePort = 0 } = socket;
  return { localAddress, localPort, remoteAddress, remotePort };
}

async function listen(host: string): Promise<number> {
  const server = createServer((socket) => socket.on('error', () => undefined));
  servers.push(server);
  server.listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const us = String(process.getuid?.());

describe('who is behind a socket', () => {
  test.skipIf(process.platform !== 'linux').each([
    ['/proc', linuxSocketPeer],
    ['lsof', (ends: SocketEnds) => lsofSocketPeer(ends, '/usr/bin/lsof')],
  ])('the peer of a connection is known by process and user through %s', async (_via, look) => {
    const child = spawnReal({ acts: ['keep=0', 'live'] });
    const port = Number(await child.says(/listening (\d+)/));
    const pid = await child.pid;
    for (const ends of [await connectTo(port), await connectTo(port)]) {
      const holder = await look(ends);
      expect(holder?.user).toBe(us);
      expect((await holder?.findProcess())?.pid).toBe(pid);
      expect((await holder?.findProcess(pid))?.pid).toBe(pid);
    }
  });

  test.each(['127.0.0.1', '::1', '::', '0.0.0.0'])('a listener on %s of our own is known as ours', async (host) => {
    const port = await listen(host);
    for (const address of host.includes(':') ? ['::1', ...(host === '::' ? ['127.0.0.1'] : [])] : ['127.0.0.1']) {
      const peer = await nodePeerIdentity.behindSocket(await connectTo(port, address));
      expect(peer.user).toEqual({ id: us, role: 'own' });
      expect(await peer.findProcess()).toMatchObject({ pid: process.pid });
    }
  });

  test('another user is known by number and name, and its process where we may see it', async (context) => {
    if (noOtherUser !== undefined) context.skip(noOtherUser);
    const { program, port } = await OtherUsersProgram.start();
    programs.push(program);
    const peer = await nodePeerIdentity.behindSocket(await connectTo(port));
    expect(peer.user).toEqual({ id: String(OTHER_USER), name: 'nobody', role: 'other' });
    expect(await peer.findProcess()).toMatchObject({ pid: program.pid });
  });

  test('a connection that no process has accepted belongs to the user who listens, not to root', async (context) => {
    if (noOtherUser !== undefined) context.skip(noOtherUser);
    const { program, port } = await OtherUsersProgram.start();
    programs.push(program);
    program.stop();
    const peer = await nodePeerIdentity.behindSocket(await connectTo(port));
    expect(peer.user).toMatchObject({ id: String(OTHER_USER), role: 'other' });
    expect(await peer.findProcess()).toMatchObject({ pid: program.pid });
  });

  test('a connection that the system does not know has no known peer', async () => {
    const port = await listen('127.0.0.1');
    const ends = { localAddress: '127.0.0.1', localPort: 1, remoteAddress: '127.9.9.9', remotePort: port };
    const peer = await nodePeerIdentity.behindSocket(ends);
    expect([peer.user, await peer.findProcess()]).toEqual([undefined, undefined]);
    expect(await lsofSocketPeer(ends, '/no/such/lsof')).toBeUndefined();
  });

  test('the users of a process are known by number', () => {
    expect(nodePeerIdentity.behindProcess(process.pid)).toContainEqual({ id: us, role: 'own' });
    expect(nodePeerIdentity.behindProcess(2 ** 22 + 1)).toEqual([]);
  });
});

const rest = (user: number, inode: number) =>
  `00000000:00000000 00:00000000 00000000  ${String(user)}        0 ${String(inode)} 1 0`;
const ends = { localAddress: '127.0.0.1', localPort: 0xd431, remoteAddress: '127.0.0.1', remotePort: 0x4965 };
const NONE = '00000000:0000';
const MAPPED = '0000000000000000FFFF00000100007F';

describe('what the systems print', () => {
  test.each<[string, readonly string[], object | undefined]>([
    ['nothing', [], undefined],
    ['the connection', [`0100007F:4965 0100007F:D431 01 ${rest(1002, 223)}`], { user: '1002', inode: 223 }],
    ['our own end only', [`0100007F:D431 0100007F:4965 01 ${rest(1000, 7)}`], undefined],
    ['the connection of another port', [`0100007F:4965 0100007F:D432 01 ${rest(1000, 7)}`], undefined],
    ['the same ports between other addresses', [`0200007F:4965 0100007F:D431 01 ${rest(1000, 7)}`], undefined],
    ['the same ports to another address', [`0100007F:4965 0200007F:D431 01 ${rest(1000, 7)}`], undefined],
    ['a connection that has ended', [`0100007F:4965 0100007F:D431 06 ${rest(0, 0)}`], undefined],
    [
      'an accepted connection on a dual socket',
      [`${MAPPED}:4965 ${MAPPED}:D431 01 ${rest(9, 5)}`],
      { user: '9', inode: 5 },
    ],
    [
      'a connection in the backlog of its listener',
      [`0100007F:4965 ${NONE} 0A ${rest(1002, 111)}`, `0100007F:4965 0100007F:D431 01 ${rest(0, 0)}`],
      { user: '1002', inode: 111 },
    ],
    [
      'a listener on the address beside one on all addresses',
      [`00000000:4965 ${NONE} 0A ${rest(1000, 1)}`, `0100007F:4965 ${NONE} 0A ${rest(1002, 2)}`],
      { user: '1002', inode: 2 },
    ],
    ['a listener on another address', [`0200007F:4965 ${NONE} 0A ${rest(1000, 1)}`], undefined],
    [
      'a listener on all addresses of IPv6',
      [`00000000000000000000000000000000:4965 ${NONE} 0A ${rest(1000, 1)}`],
      { user: '1000', inode: 1 },
    ],
  ])('/proc/net/tcp with %s: %#', (_what, lines, expected) => {
    const table = ['  sl  local_address rem_address   st', ...lines.map((line, n) => `   ${String(n)}: ${line}`)].join(
      '\n',
    );
    const found = findSocketRow([table], ends);
    if (expected === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject(expected);
  });

  test('/proc/net/tcp6: addresses are read in the byte order of the kernel', () => {
    const table = `   0: 00000000000000000000000001000000:4965 00000000000000000000000001000000:D431 01 ${rest(1002, 223)}`;
    const ipv6 = { ...ends, localAddress: '::1', remoteAddress: '::1' };
    expect(findSocketRow([table], ipv6)).toMatchObject({ user: '1002' });
    expect(findSocketRow([table], ends)).toBeUndefined();
  });

  test('lsof: the one connection between two ports, or its listener on the very address', async () => {
    const connection = '127.0.0.1:18789->127.0.0.1:50412';
    const at = { localAddress: '127.0.0.1', localPort: 50_412, remoteAddress: '127.0.0.1', remotePort: 18_789 };
    const text = (name: string) =>
      `p1\ncclient\nu501\nf20\nn127.0.0.1:50412->127.0.0.1:18789\np2\ncnode\nu502\nf21\nn${name}\n`;
    const holder = parseLsofSocketPeer(text(connection), at);
    expect([holder?.user, await holder?.findProcess()]).toEqual(['502', { pid: 2, name: 'node' }]);
    expect(parseLsofSocketPeer(text('127.0.0.1:18789'), at)?.user).toBe('502');
    for (const other of ['*:18789', '127.0.0.1:18789->127.0.0.1:50413', '[::1]:18789->[::1]:50412', ''])
      expect(parseLsofSocketPeer(text(other), at)).toBeUndefined();
  });

  test('netstat: the pid at the other end of the connection', () => {
    const at = { localAddress: '127.0.0.1', localPort: 50_412, remoteAddress: '127.0.0.1', remotePort: 18_789 };
    const text = [
      '  TCP    127.0.0.1:18789    0.0.0.0:0    LISTENING    4711',
      '  TCP    127.0.0.1:50412    127.0.0.1:18789    ESTABLISHED    1',
      '  TCP    127.0.0.1:18789    127.0.0.1:50412    HERGESTELLT    4712',
    ].join('\r\n');
    expect(parseNetstatPeer(text, at)).toBe(4712);
    expect(parseNetstatPeer(text, { ...at, localPort: 1 })).toBeUndefined();
  });

  test('/etc/passwd: the name of a number', () => {
    const passwd = 'root:x:0:0:root:/root:/bin/sh\nguest:x:1002:1002::/home/guest:/bin/sh\n';
    expect(userName(passwd, '1002')).toBe('guest');
    expect(userName(passwd, '2')).toBeUndefined();
  });
});
