import { describe, expect, it } from 'vitest';
import { Home, parseDocuments, shareHome } from '../support/deskclaw.ts';

describe('top and metrics of a running gateway', () => {
  const home = shareHome((each) => each.startBuiltin('--metrics-port', '0'));

  it('top prints one line per sample into a pipe, and one document with --json', async () => {
    await home().document('call', 'system.health');
    const args = ['top', '--interval', '0.05', '--count', '3'];
    const plain = await home().run(...args);
    expect(plain).toMatchObject({ code: 0, stderr: '' });
    const lines = plain.stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line).toMatch(/^\d\d:\d\d:\d\d {2}running {2}rtt [\d.]+ ms {2}cpu .* pending 0/);
    const documents = parseDocuments((await home().run(...args, '--json')).stdout);
    expect(documents).toHaveLength(3);
    expect(documents[2]).toMatchObject({
      schema: 'deskclaw.top/1',
      state: 'running',
      process: { cpuMs: expect.any(Number), rssBytes: expect.any(Number) },
      cpuPercent: expect.any(Number),
      requests: { failed: 0 },
    });
  });

  it('top draws its screen in a terminal and ends with q', async () => {
    const running = home().startInTerminal(60, 'top', '--interval', '0.05', '--no-color');
    await running.shown('stdout', /Restarts/);
    running.child.stdin.write('q');
    const { code, stdout } = await running.ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/State +running +█/);
  });

  it('top --json, or into a pipe, leaves the keys of the terminal alone', async () => {
    const args = ['--interval', '0.05', '--count', '4'];
    const json = home().startInTerminal(80, 'top', ...args, '--json');
    await json.shown('stdout', /deskclaw\.top/);
    json.child.stdin.write('q');
    const { code, stdout } = await json.ended;
    expect(code).toBe(0);
    expect(stdout.match(/"schema":"deskclaw\.top\/1"/g)).toHaveLength(4);
  });

  it('top ends with exit code 130 on Ctrl-C', async () => {
    const running = home().startInTerminal(40, 'top', '--interval', '0.05');
    await running.shown('stdout', /Restarts/);
    running.child.stdin.write('\u0003');
    expect((await running.ended).code).toBe(130);
  });

  it('--metrics-port serves what the counters say, without a secret of the settings', async () => {
    const { metrics } = await home().document('start', '--metrics-port', '0');
    const url = String(metrics);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
    const text = await (await fetch(url)).text();
    expect(text).toContain('deskclaw_gateway_up 1\n');
    expect(text).toMatch(/^deskclaw_requests_total\{outcome="succeeded"\} [1-9]/m);
    expect(text).toMatch(/^deskclaw_gateway_resident_memory_bytes [1-9]\d{6}/m);
  });
});

describe('metrics of a gateway that dies', () => {
  it('a crash counts as one incident and one restart; top ends with 3 when the host does', async () => {
    const home = new Home();
    const { gateway } = await home.startBuiltin();
    const watching = home.start(['top', '--interval', '0.05', '--json']);
    await watching.line('stdout', (line) => line.includes('"state":"running"'));
    process.kill((gateway as { pid: number }).pid, 'SIGKILL');
    const line = await watching.line(
      'stdout',
      (each) => each.includes('"incidents":1') && each.includes('"restarts":1'),
    );
    expect(JSON.parse(line)).toMatchObject({ schema: 'deskclaw.top/1' });
    await home.document('stop');
    expect((await watching.ended).code).toBe(3);
  });
});
