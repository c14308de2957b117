import { describe, expect, it } from 'vitest';
import { commandName, programName } from '../../src/manager/program-name.ts';
import { targetFromOptions } from '../../src/manager/target.ts';

describe('the name of a command', () => {
  it.each([
    [['/usr/local/bin/openclaw', 'gateway', 'run'], 'openclaw'],
    [['node', '/home/me/my gateway.js', '--port', '1'], 'my gateway.js'],
    [['/usr/bin/python3', 'server.py'], 'server.py'],
    [['node', '--inspect', 'server.js'], 'node'],
    [['node', '-e', 'token("secret")'], 'node'],
    [['node'], 'node'],
    [['node', '/'], 'node'],
    [['C:\\Program Files\\nodejs\\node.exe', 'C:\\me\\gw.mjs'], 'gw.mjs'],
    [['gateway', 'serve'], 'gateway'],
    [[], ''],
  ])('%j is called %s', (command, name) => {
    expect(commandName(command)).toBe(name);
  });
});

describe('the name of the program behind a target', () => {
  const target = targetFromOptions({ command: ['/opt/gw', '--port', '{port}'] });
  const openclaw = { dialect: 'openclaw', version: '2026.9.6' } as const;

  it('a program of ours has the name of its target, else that of its command, whatever it reports', () => {
    expect(programName({ target, ownership: 'owned' }, openclaw)).toBe('gw');
    const named = { ...target, program: 'built-in gateway 0.2.0' };
    expect(programName({ target: named, ownership: 'owned' }, undefined)).toBe('built-in gateway 0.2.0');
  });

  it('an attached gateway is named only where its dialect tells the program', () => {
    const attached = { target, ownership: 'attached' } as const;
    expect(programName(attached, openclaw)).toBe('OpenClaw 2026.9.6');
    expect(programName(attached, { dialect: 'openclaw' })).toBe('OpenClaw');
    expect(programName(attached, { dialect: 'jsonrpc', version: '1' })).toBeUndefined();
    expect(programName(attached, undefined)).toBeUndefined();
    expect(programName(undefined, openclaw)).toBeUndefined();
  });
});
