import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Home } from '../support/deskclaw.ts';

/** Writes down which of Node's own modules the program had loaded when it ended. */
const noteModules = `process.on('exit', () => require('node:fs').writeFileSync(process.env.NOTES, process.moduleLoadList.join('\\n')));`;

it.each([['status'], ['call', 'system.health'], ['methods'], ['channels']])(
  '%s, which only talks to the host, does not load Node’s HTTP, TLS or hashes: they cost more than it does',
  async (...args) => {
    const home = new Home();
    await home.startBuiltin();
    const [hook, notes] = [join(home.folder, 'hook.cjs'), join(home.folder, 'notes.txt')];
    writeFileSync(hook, noteModules);
    const env = { NODE_OPTIONS: `--require ${hook}`, NOTES: notes };
    expect((await home.start(args, { env, input: '' }).ended).code).toBe(0);
    const loaded = readFileSync(notes, 'utf8').split('\n');
    expect(loaded).toContain('NativeModule net');
    for (const name of ['http', '_http_client', 'https', 'tls', 'crypto', 'child_process']) {
      expect(loaded).not.toContain(`NativeModule ${name}`);
    }
  },
);
