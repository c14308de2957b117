import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { freePort, Home } from '../support/deskclaw.ts';

const hasPrometheus = ['prometheus', 'promtool'].every((name) => spawnSync(name, ['--version']).status === 0);

/** A Prometheus that scrapes one address every 200 ms, and is ended with the test. */
async function startPrometheus(
  home: Home,
  target: string,
): Promise<(expression: string) => Promise<number | undefined>> {
  const port = await freePort();
  const config = join(home.folder, 'prometheus.yml');
  writeFileSync(
    config,
    `global: { scrape_interval: 200ms, scrape_timeout: 200ms }
scrape_configs:
  - job_name: deskclaw
    static_configs: [{ targets: ['${target}'] }]
`,
  );
  const child = spawn(
    'prometheus',
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(home.folder, 'tsdb')}`,
      `--web.listen-address=127.0.0.1:${String(port)}`,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  onTestFinished(async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  });
  for await (const line of createInterface({ input: child.stderr })) if (line.includes('Server is ready')) break;
  child.stderr.resume();
  return async (expression) => {
    const query = new URLSearchParams({ query: expression });
    const answer = await fetch(`http://127.0.0.1:${String(port)}/api/v1/query?${query.toString()}`);
    const { data } = (await answer.json()) as { data: { result: readonly { value: readonly [number, string] }[] } };
    const [first] = data.result;
    return first === undefined ? undefined : Number(first.value[1]);
  };
}

/** Resolves with the value of an expression once it fits; Prometheus tells nobody of a new sample, so it is asked. */
async function until(
  query: (expression: string) => Promise<number | undefined>,
  expression: string,
  fits: (value: number) => boolean,
): Promise<number> {
  for (;;) {
    const value = await query(expression);
    if (value !== undefined && fits(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('metrics in a real Prometheus', () => {
  beforeEach((context) => {
    if (!hasPrometheus) context.skip('there is no Prometheus here');
  });

  it('promtool finds nothing wrong with the text, in either format', async () => {
    const home = new Home();
    const { metrics } = await home.startBuiltin('--metrics-port', '0');
    const text = await (await fetch(String(metrics))).text();
    expect(execFileSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' })).toBe('');
  });

  it('it scrapes what happens: requests, a crash, the restart, resources', { timeout: 60_000 }, async () => {
    const home = new Home();
    const { metrics, gateway } = await home.startBuiltin('--metrics-port', '0');
    const query = await startPrometheus(home, new URL(String(metrics)).host);
    await until(query, 'up{job="deskclaw"}', (value) => value === 1);
    expect(await until(query, 'deskclaw_gateway_up', (value) => value === 1)).toBe(1);
    await home.document('call', 'system.health');
    await until(query, 'deskclaw_requests_total{outcome="succeeded"}', (value) => value >= 1);
    await until(query, 'deskclaw_round_trip_seconds_count', (value) => value >= 1);
    expect(await query('deskclaw_gateway_resident_memory_bytes')).toBeGreaterThan(10_000_000);
    process.kill((gateway as { pid: number }).pid, 'SIGKILL');
    await until(query, 'deskclaw_gateway_incidents_total', (value) => value === 1);
    await until(query, 'deskclaw_gateway_restarts_total', (value) => value === 1);
    await until(query, 'deskclaw_gateway_up', (value) => value === 1);
    // Types came with the scrape: OpenMetrics was negotiated and read.
    expect(await query('histogram_quantile(0.5, deskclaw_round_trip_seconds_bucket)')).toBeGreaterThan(0);
  });
});
