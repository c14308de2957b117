import { describe, expect, it } from 'vitest';
import { statusBar } from '../../src/view-models/status-bar.ts';
import { sceneNames, scenes } from '../support/scenes.ts';
import { lostLink, NOW, viewStateOf } from '../support/view-states.ts';

describe('the status bar', () => {
  it('the status bar shows address, latency, pid and uptime of a running gateway', () => {
    const bar = statusBar(viewStateOf('running'));
    expect([bar.appearance.label, ...bar.segments]).toEqual([
      'Running',
      'OpenClaw 2026.9.6',
      '127.0.0.1:18789',
      '3 ms',
      'pid 4121',
      'up 3 h 12 min',
    ]);
    expect(bar.version).toBe('0.1.0');
  });

  it('the status bar shows no response time of a gateway that does not respond', () => {
    expect(statusBar(viewStateOf('unresponsive')).segments).toContain('no response for 14 s');
    expect(statusBar(viewStateOf('unresponsive')).segments).not.toContain('3 ms');
  });

  it('the status bar counts down to the next retry', () => {
    expect(statusBar(viewStateOf('reconnecting')).segments).toEqual(['127.0.0.1:18789', 'retry in 7 s', 'pid 4121']);
  });

  it('the status bar shows when a lost host was last seen and the next retry', () => {
    const bar = statusBar(viewStateOf('running', { link: lostLink }));
    expect([bar.appearance.label, ...bar.segments]).toEqual([
      'Service not responding',
      'last seen 14:01:41',
      'reconnecting in 4 s',
    ]);
    expect(bar.canRetry).toBe(true);
  });

  it('the status bar offers no retry during an attempt', () => {
    const { retryAt: _over, ...trying } = lostLink;
    expect(statusBar(viewStateOf('running', { link: trying }))).toMatchObject({
      canRetry: false,
      segments: ['last seen 14:01:41', 'reconnecting now'],
    });
  });

  it('the status bar shows Connecting before the first status', () => {
    const link = { name: 'connecting', since: NOW, attempt: 0 } as const;
    expect(statusBar({ link, host: undefined, status: undefined, pending: [], now: NOW })).toMatchObject({
      announcement: 'Connecting to DeskClaw’s background service',
      segments: ['reconnecting now'],
    });
  });

  it('the announcement contains nothing that ticks', () => {
    for (const name of sceneNames) {
      const reported = [0, 1_000, 30_000, 7_200_000].map(
        (later) => statusBar(viewStateOf(scenes[name](NOW), { now: NOW + later })).announcement,
      );
      expect(new Set(reported).size, name).toBe(1);
    }
  });

  it('the announcement contains the state and the problem', () => {
    expect(statusBar(viewStateOf('paused')).announcement).toBe(
      'Gateway: Action needed. The gateway rejected the token.',
    );
  });
});
