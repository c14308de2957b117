import { connect, createServer, type Server } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import {
  linuxListener,
  linuxListening,
  listeningInodes,
  lsofListener,
  lsofListening,
  parseLsof,
  parseLsofAddresses,
  parseNetstat,
  parseNetstatAddresses,
  parseTasklist,
} from '../../src/ports/node/listeners.ts';
import { nodeTcpPorts } from '../../src/ports/node/node-tcp-ports.ts';
import { endAll, spawnReal } from './real.ts';

const servers: Server[] = [];
afterEach(async () => {
  endAll();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

function listen(host: string, port = 0): Promise<number> {
  const server = createServer();
  servers.push(server);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, ipv6Only: host.includes(':') }, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}

async function hasIpv6(): Promise<boolean> {
  return (await nodeTcpPorts.check('::1', await nodeTcpPorts.findFree('127.0.0.1'))) === 'free';
}

describe('a port', () => {
  test.each(['127.0.0.1', 'localhost', '::1'])(
    'an unused port of %s is free, and the check leaves it free',
    async (host) => {
      const port = await nodeTcpPorts.findFree('127.0.0.1');
      const states = [await nodeTcpPorts.check(host, port), await nodeTcpPorts.check(host, port)];
      expect(states).toEqual(host === '::1' && !(await hasIpv6()) ? ['no-address', 'no-address'] : ['free', 'free']);
      expect(await listen('127.0.0.1', port)).toBe(port);
    },
  );

  test('a port in use on one loopback address is taken on both', async () => {
    const port = await listen('127.0.0.1');
    expect(await nodeTcpPorts.check('127.0.0.1', port)).toBe('taken');
    expect(await nodeTcpPorts.check('localhost', port)).toBe('taken');
    if (await hasIpv6()) expect(await nodeTcpPorts.check('::1', port)).toBe('taken');
  });

  test('a port in use on ::1 is taken on 127.0.0.1 too', async (context) => {
    if (!(await hasIpv6())) context.skip('this machine has no ::1');
    const port = await listen('::1');
    expect(await nodeTcpPorts.check('127.0.0.1', port)).toBe('taken');
  });

  test('a port in use on every address is taken', async () => {
    const port = await listen('0.0.0.0');
    expect(await nodeTcpPorts.check('127.0.0.1', port)).toBe('taken');
  });

  test('below 1024 is forbidden to most', async (context) => {
    if (process.getuid?.() === 0) context.skip('root may listen anywhere');
    expect(await nodeTcpPorts.check('127.0.0.1', 1)).toBe('forbidden');
  });

  test('a host that is no address of this machine is reported as no-address', async () => {
    const port = await nodeTcpPorts.findFree('127.0.0.1');
    expect(await nodeTcpPorts.check('203.0.113.7', port)).toBe('no-address');
  });

  test('chosen for us is free on both loopbacks', async () => {
    for (let chosen = 0; chosen < 10; chosen += 1) {
      const port = await nodeTcpPorts.findFree('127.0.0.1');
      // Below the ephemeral range: the system must never assign this port to a client that polls it.
      expect(port).toBeLessThan(32_768);
      expect(await nodeTcpPorts.check('127.0.0.1', port)).toBe('free');
    }
  });
});

describe('the owner of a port', () => {
  test.skipIf(process.platform !== 'linux').each([
    ['/proc', linuxListener],
    ['lsof', (port: number) => lsofListener(port, '/usr/bin/lsof')],
  ])('the owner of a port is named by pid and program through %s', async (via, owner) => {
    const child = spawnReal({ acts: ['listen=0', 'live'] });
    const port = Number(await child.says(/listening (\d+)/));
    const found = await owner(port);
    expect(found?.pid).toBe(await child.pid);
    if (via === '/proc') expect(found?.name).toBe('node child.mjs');
  });

  test('a free port has no owner', async () => {
    const port = await nodeTcpPorts.findFree('127.0.0.1');
    expect(await nodeTcpPorts.owner(port)).toBeUndefined();
    expect(await lsofListener(port, '/no/such/lsof')).toBeUndefined();
  });

  test('the owner of a port is the listener, not a connected client', async () => {
    const child = spawnReal({ acts: ['listen=0', 'live'] });
    const port = Number(await child.says(/listening (\d+)/));
    const socket = connect(port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    expect((await nodeTcpPorts.owner(port))?.pid).toBe(await child.pid);
    socket.destroy();
  });
});

describe('where a process listens', () => {
  test.skipIf(process.platform !== 'linux').each([
    ['/proc', linuxListening],
    ['lsof', (pid: number) => lsofListening(pid, '/usr/bin/lsof')],
  ])(
    'the addresses of a process are listed through %s, lowest port first, without those of others',
    async (_via, listening) => {
      await listen('127.0.0.1');
      const child = spawnReal({ acts: ['listen=0', 'live'] });
      const port = Number(await child.says(/listening (\d+)/));
      expect(await listening(await child.pid)).toEqual([{ address: '127.0.0.1', port }]);
      const ours = await Promise.all(
        ['127.0.0.1', '::1', '0.0.0.0'].map(async (address) => ({ address, port: await listen(address) })),
      );
      const ports = ours.map(({ port: each }) => each);
      const found = (await listening(process.pid)).filter((each) => ports.includes(each.port));
      expect(found).toEqual(ours.toSorted((a, b) => a.port - b.port));
    },
  );

  test('a pid without a process listens nowhere', async () => {
    expect(await nodeTcpPorts.listening(2 ** 22 + 1)).toEqual([]);
  });
});

describe('what the systems print', () => {
  test('/proc/net/tcp: listeners of that port only', () => {
    const table = [
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
      '   0: 0100007F:4965 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 111 1 0 100 0 0 10 0',
      '   1: 0100007F:4965 0100007F:D431 01 00000000:00000000 00:00000000 00000000  1000        0 222 1 0 20 4 30 10 -1',
      '   2: 0100007F:4966 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 333 1 0 100 0 0 10 0',
      '   3: 00000000000000000000000001000000:4965 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 444 1',
    ].join('\n');
    expect(listeningInodes(table, 0x4965)).toEqual(['111', '444']);
    expect(listeningInodes(table, 0x965)).toEqual([]);
    expect(listeningInodes('', 1)).toEqual([]);
  });

  test('the output of lsof is parsed', () => {
    expect(parseLsof('p4711\ncnode\nf21\n')).toEqual({ pid: 4711, name: 'node' });
    expect(parseLsof('')).toBeUndefined();
    expect(parseLsofAddresses('p4711\nf21\nn127.0.0.1:18791\nf22\nn[::1]:18789\nf23\nn*:18789\n')).toEqual([
      { address: '0.0.0.0', port: 18_789 },
      { address: '::1', port: 18_789 },
      { address: '127.0.0.1', port: 18_791 },
    ]);
    expect(parseLsofAddresses('')).toEqual([]);
  });

  test('the output of netstat is parsed in any language', () => {
    const english = '  TCP    127.0.0.1:18789    0.0.0.0:0    LISTENING    4711\r\n';
    const german = '  TCP    [::1]:18789    [::]:0    ABHÖREN    4712\r\n';
    const other =
      '  TCP    127.0.0.1:50000    127.0.0.1:18789    ESTABLISHED    1\r\n  TCP  127.0.0.1:8789  0.0.0.0:0  LISTENING  2\r\n';
    expect(parseNetstat(other + english, 18_789)).toBe(4711);
    expect(parseNetstat(german, 18_789)).toBe(4712);
    expect(parseNetstat(other, 18_789)).toBeUndefined();
    expect(parseNetstatAddresses(other + english, 4711)).toEqual([{ address: '127.0.0.1', port: 18_789 }]);
    expect(parseNetstatAddresses(german, 4712)).toEqual([{ address: '::1', port: 18_789 }]);
    expect(parseNetstatAddresses(german, 1)).toEqual([]);
  });

  test('the output of tasklist is parsed', () => {
    expect(parseTasklist('"node.exe","4711","Console","1","50,000 K"\r\n')).toBe('node.exe');
    expect(parseTasklist('INFO: No tasks are running which match the specified criteria.')).toBeUndefined();
  });
});
