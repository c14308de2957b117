/** Behaviour, P13, in full; `supervisor/flood.test.ts` holds the short one. */
import { afterEach, expect, it } from 'vitest';
import { gatewayCommand, manage, stopAll } from '../manager/builtin.ts';

afterEach(stopAll);

it('P13: 1 GB on both pipes, one without line ends, is read to the end, disturbs no request, and costs bounded memory', {
  timeout: 120_000,
}, async () => {
  const half = String(500_000_000);
  // Node makes a shared pipe non-blocking for all processes that hold it, so the gateway leaves the pipe to the
  // other programs of the script.
  const script = [
    `{ head -c ${half} /dev/zero; printf '\\nend of the flood\\n'; } &`,
    `{ yes 'a line like many others' | head -c ${half}; printf '\\nend of the flood\\n'; } >&2 &`,
    'exec "$0" "$@" > /dev/null 2>&1',
  ].join('\n');
  const manager = manage({ command: ['/bin/sh', '-c', script, ...gatewayCommand()] });
  const before = process.memoryUsage().rss;
  const ended = new Set<string | undefined>();
  let [lines, longest, read, peak, answers] = [0, 0, 0, before, 0];
  manager.on('log', ({ stream, text }) => {
    lines += 1;
    longest = Math.max(longest, text.length);
    read += Number(/^… (\d+) bytes of output skipped/.exec(text)?.[1] ?? text.length);
    if (text === 'end of the flood') ended.add(stream);
  });
  await manager.start();
  const { connectedAt, pid } = manager.getStatus();
  while (ended.size < 2) {
    expect(await manager.rpc('system.health')).toMatchObject({ ok: true });
    answers += 1;
    peak = Math.max(peak, process.memoryUsage().rss);
  }
  expect(answers).toBeGreaterThan(200);
  expect(manager.getStatus()).toMatchObject({ state: 'running', health: 'ok', restarts: 0, connectedAt, pid });
  expect(peak - before).toBeLessThan(150 * 1024 * 1024);
  expect(longest).toBeLessThanOrEqual(16 * 1024);
  expect(lines).toBeLessThan(100_000);
  // Line ends are not counted, nor is what stands at the edges of what was skipped.
  expect(read).toBeGreaterThan(950_000_000);
});
