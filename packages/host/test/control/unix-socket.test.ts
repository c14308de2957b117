import { closeSync, fstatSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { socketAddress } from '../../src/control/unix-socket.ts';

it.skipIf(process.platform !== 'linux')(
  'releasing the address of a long socket path twice closes no other file',
  () => {
    const root = mkdtempSync(join(tmpdir(), 'deskclaw-socket-'));
    onTestFinished(() => rmSync(root, { recursive: true, force: true }));
    const folder = join(root, 'long'.repeat(30));
    mkdirSync(folder);
    const { path, release } = socketAddress(join(folder, 'host.sock'));
    expect(path).toMatch(/^\/proc\/self\/fd\/\d+\/host\.sock$/);
    release();
    const other = openSync(root, 'r');
    expect(path).toContain(`/${String(other)}/`);
    release();
    expect(fstatSync(other).isDirectory()).toBe(true);
    closeSync(other);
  },
);
