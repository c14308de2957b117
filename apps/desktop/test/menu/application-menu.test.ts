import { gatewayStates } from '@deskclaw/protocol';
import { describe, expect, test } from 'vitest';
import { applicationMenu, createMenuBar, type MenuCommands, type MenuInput } from '../../src/menu/application-menu.ts';
import type { KeepGateway } from '../../src/settings/settings.ts';
import { choose, findItem } from '../support/fake-electron.ts';
import { statusIn, viewStateOf } from '../support/statuses.ts';

function menu(more: Partial<MenuInput> = {}) {
  const done: string[] = [];
  const commands: MenuCommands = {
    ask: (request) => done.push(request.method),
    confirmRestart: () => done.push('confirm restart'),
    copyText: (text) => done.push(text),
    setKeepGateway: (setting) => done.push(`keep ${setting}`),
    goTo: (screen) => done.push(`go to ${screen}`),
    openLogs: () => done.push('open logs'),
    quit: () => done.push('quit'),
  };
  const input: MenuInput = {
    platform: 'linux',
    viewState: viewStateOf(statusIn('running')),
    keepGateway: 'ask',
    devTools: false,
    ...more,
  };
  return { template: applicationMenu(input, commands), done };
}

type Item = ReturnType<typeof applicationMenu>[number];

function allItems(template: readonly Item[]): readonly Item[] {
  return template.flatMap((item) => [item, ...(Array.isArray(item.submenu) ? allItems(item.submenu) : [])]);
}

test('every menu item runs its command', () => {
  const { template, done } = menu();
  for (const id of ['stop', 'copy-url', 'open-logs', 'screen-overview', 'screen-logs', 'keep-never', 'quit'])
    choose(template, id);
  expect(done).toEqual([
    'gateway.stop',
    'ws://127.0.0.1:18789/ws',
    'open logs',
    'go to overview',
    'go to logs',
    'keep never',
    'quit',
  ]);
});

test('Restart gateway asks for confirmation, except after a failure', () => {
  const { template, done } = menu();
  expect(findItem(template, 'restart')).toMatchObject({ label: 'Restart gateway…', accelerator: 'CmdOrCtrl+Shift+R' });
  choose(template, 'restart');
  const failed = menu({ viewState: viewStateOf(statusIn('error')) });
  expect(findItem(failed.template, 'restart')?.label).toBe('Restart gateway');
  choose(failed.template, 'restart');
  expect([done, failed.done]).toEqual([['confirm restart'], ['gateway.restart']]);
});

test('Ctrl+R reconnects in the states that can retry', () => {
  const retrying = menu({ viewState: viewStateOf(statusIn('reconnecting', { nextRetryAt: 1_010_000 })) });
  expect(findItem(retrying.template, 'reconnect')).toMatchObject({ accelerator: 'CmdOrCtrl+R', enabled: true });
  choose(retrying.template, 'reconnect');
  expect(retrying.done).toEqual(['gateway.reconnect']);
});

test('no menu item reloads the page, and a packed app has no developer tools', () => {
  const roles = allItems(menu().template).map(({ role }) => role);
  expect(roles).not.toContain('reload');
  expect(roles).not.toContain('forceReload');
  expect(roles).not.toContain('toggleDevTools');
  expect(allItems(menu({ devTools: true }).template).map(({ role }) => role)).toContain('toggleDevTools');
});

describe('the application menu', () => {
  const platforms = ['linux', 'darwin', 'win32'] as const;
  const cases = gatewayStates.flatMap((state) => platforms.map((platform) => [state, platform] as const));

  test.each(cases)('ids and shortcuts are unique in the state %s on %s', (state, platform) => {
    const items = allItems(menu({ platform, viewState: viewStateOf(statusIn(state)) }).template);
    const ids = items.map(({ id }) => id).filter((id) => id !== undefined);
    const keys = items.map(({ accelerator }) => accelerator).filter((key) => key !== undefined && key !== null);
    expect(ids.toSorted()).toEqual([...new Set(ids)].toSorted());
    expect(keys.toSorted()).toEqual([...new Set(keys)].toSorted());
    expect(ids).toContain('quit');
  });
});

test('the chosen When I Quit item is checked', () => {
  for (const keepGateway of ['ask', 'always', 'never'] as const) {
    const { template } = menu({ keepGateway });
    const marked = allItems(template).filter(({ type, checked }) => type === 'radio' && checked === true);
    expect(marked.map(({ id }) => id)).toEqual([`keep-${keepGateway}`]);
  }
});

test('Copy Address is disabled without an address', () => {
  expect(findItem(menu({ viewState: viewStateOf(undefined) }).template, 'copy-url')?.enabled).toBe(false);
});

const commands = {
  ask: () => undefined,
  confirmRestart: () => undefined,
  copyText: () => undefined,
  setKeepGateway: () => undefined,
  goTo: () => undefined,
  openLogs: () => undefined,
  quit: () => undefined,
};

test('the menu bar rebuilds the menu only when its content changes', () => {
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
