import { describe, expect, it } from 'vitest';
import { settingsProblem } from '../../src/profile/config.ts';
import { describeFault, readSettings } from '../../src/profile/settings-file.ts';

function faultsOf(text: string): readonly string[] {
  const read = readSettings(text);
  return read.kind === 'faulty' ? read.faults.map(describeFault) : [];
}

function fixesOf(text: string): readonly (string | undefined)[] {
  const read = readSettings(text);
  return read.kind === 'faulty' ? read.faults.map(({ fix }) => fix?.command) : [];
}

describe('readSettings', () => {
  it.each([
    ['{"port": "39051"}', 'port (line 1, column 10) must be a number: write 39051, not "39051"'],
    ['{"port": 70000}', 'port (line 1, column 10) must be a whole number from 0 to 65535, not 70000'],
    ['{"port": 1.5}', 'port (line 1, column 10) must be a whole number from 0 to 65535, not 1.5'],
    ['{"port": "high"}', 'port (line 1, column 10) must be a number, not "high"'],
    [
      '{"request": {"timeoutMs": 0}}',
      'request.timeoutMs (line 1, column 27) must be a whole number of at least 1, not 0',
    ],
    ['{"repair": "true"}', 'repair (line 1, column 12) must be true or false: write true, not "true"'],
    ['{"repair": null}', 'repair (line 1, column 12) must be true or false, not null'],
    [
      '{"gateway": "builtn"}',
      'gateway (line 1, column 13) must be "openclaw" or "builtin", not "builtn"; did you mean "builtin"?',
    ],
    [
      '{"url": "http://me:hunter22@x"}',
      'url (line 1, column 9) must be an address that begins with ws:// or wss://, not "http://[redacted]@x"',
    ],
    ['{"trustUsers": "guest"}', 'trustUsers (line 1, column 16) must be a list: write ["guest"], not "guest"'],
    ['{"trustUsers": [""]}', 'trustUsers.0 (line 1, column 17) must not be empty'],
    ['{"command": []}', 'command (line 1, column 13) must not be empty'],
    ['{"command": [7]}', 'command.0 (line 1, column 14) must be text'],
    ['{"env": {"KEY": 12345678}}', 'env.KEY (line 1, column 17) must be text'],
    [
      '{"openclaw": {"pth": "/x"}}',
      'openclaw (line 1, column 14) must be {"path": ...} or {"version": ...}, not an object',
    ],
    ['{"profiles": {"work": {"port": true}}}', 'profiles.work.port (line 1, column 32) must be a number, not true'],
    ['{"profiles": {"work": 5}}', 'profiles.work (line 1, column 23) must be an object, not 5'],
    ['[]', 'it (line 1, column 1) must be an object, not a list'],
    ['{"port": 1', 'it (line 1, column 11) is not JSON: "," or "}" is expected here'],
    ['{\n  "port": 1,\n}', 'it (line 3, column 1) is not JSON: a key in double quotes is expected here'],
    [' \n', 'it (line 2, column 1) is empty: write {}, or remove the file'],
  ])('readSettings names the fault of %j in words, with its place', (text, sentence) => {
    expect(faultsOf(text)).toEqual([sentence]);
  });

  it('finds every fault of a file, comments included', () => {
    const text = '{\n  // ours\n  "port": "1",\n  "startup": { "timeoutMs": "x" },\n  "gateway": "claw"\n}';
    expect(faultsOf(text)).toEqual([
      'gateway (line 5, column 14) must be "openclaw" or "builtin", not "claw"',
      'port (line 3, column 11) must be a number: write 1, not "1"',
      'startup.timeoutMs (line 4, column 29) must be a number, not "x"',
    ]);
  });

  it.each([
    ['{"port": "1"}', 'deskclaw config set port 1 --all-profiles'],
    ['{"profiles": {"work": {"repair": "true"}}}', 'deskclaw --profile work config set repair true'],
    ['{"trustUsers": "guest"}', 'deskclaw config set trustUsers guest --all-profiles'],
    ['{"stop": {"graceMs": -1}}', 'deskclaw config unset stop.graceMs --all-profiles'],
    ['{"env": {"A": 5}}', 'deskclaw config unset env.A --all-profiles'],
    ['[]', undefined],
  ])('readSettings offers a command that corrects %j', (text, command) => {
    expect(fixesOf(text)).toEqual([command]);
  });

  it.each([
    ['{"prot": 1}', ['unknown key "prot" is ignored; did you mean "port"?']],
    ['{"stop": {"graceMS": 1}}', ['unknown key "stop.graceMS" is ignored; did you mean "stop.graceMs"?']],
    ['{"profiles": {"w": {"xyzzy": 1}}}', ['unknown key "profiles.w.xyzzy" is ignored']],
    ['{"$schema": "x", "env": {"ANY": "x"}, "profiles": {"prot": {}}}', []],
  ])('readSettings warns of the unknown keys of %j', (text, warnings) => {
    expect(readSettings(text)).toMatchObject({ kind: 'valid', warnings });
  });
});

it('the problem of a file with many long faults stays short, and no command in it is longer than a line', () => {
  const faults = Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [`profile${String(index)}`, { trustUsers: 'x'.repeat(5_000) }]),
  );
  const read = readSettings(JSON.stringify({ profiles: faults }));
  if (read.kind !== 'faulty') throw new Error('accepted');
  const { problem } = settingsProblem('/home/me/config.json', read.faults);
  expect(problem.detail).toContain('it has 40 faults');
  expect(problem.detail).toContain('and 20 more');
  expect(JSON.stringify(problem).length).toBeLessThan(8_000);
  for (const { command = '' } of problem.actions) expect(command.length).toBeLessThan(300);
});
