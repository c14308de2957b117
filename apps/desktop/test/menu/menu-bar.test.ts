import { expect, test } from 'vitest';
import { createMenuBar } from '../../src/menu/menu-bar.ts';
import type { KeepGateway } from '../../src/settings/settings.ts';
import { findItem } from '../support/fake-electron.ts';
import { statusIn, viewStateOf } from '../support/statuses.ts';

const commands = {
  ask: () => undefined,
  confirmRestart: () => undefined,
  copyText: () => undefined,
  setKeepGateway: () => undefined,
  goTo: () => undefined,
  openLogs: () => undefined,
  quit: () => undefined,
};

test('shows a new menu when something in it is new, and only then', () => {
  const shown: (string | undefined)[] = [];
  let viewState = viewStateOf(statusIn('running'));
  let keepGateway: KeepGateway = 'ask';
  const bar = createMenuBar({
    show: (template) => shown.push(findItem(template, 'state')?.label),
    input: () => ({ platform: 'linux', viewState, keepGateway, devTools: false }),
    commands,
  });
  expect(shown).toEqual(['Gateway: Running (pid 4121)']);
  for (let report = 1; report <= 2_000; report += 1) {
    viewState = viewStateOf(
      statusIn('running', { latencyMs: { last: report, p50: report, p95: report }, uptime: report }),
      {
        now: 1_005_000 + report,
      },
    );
    bar.update();
  }
  expect(shown).toHaveLength(1);
  viewState = viewStateOf(statusIn('stopped'));
  bar.update();
  keepGateway = 'never';
  bar.update();
  expect(shown.slice(1)).toEqual(['Gateway: Stopped', 'Gateway: Stopped']);
});
