import { describe, expect, it } from 'vitest';
import { lostHost, signedOut } from '../../src/view-models/lost-host.ts';
import { hostInfo, scenes } from '../support/scenes.ts';
import { lostLink, NOW, viewStateOf } from '../support/view-states.ts';

describe('lostHost', () => {
  it('a lost host shows the time, the reason and the retry countdown', () => {
    expect(lostHost(viewStateOf('running', { link: lostLink }))).toEqual({
      tone: 'caution',
      title: 'DeskClaw’s background service does not respond',
      detail: 'The information below is from 14:01:41, 30 s ago. The gateway itself may still be running.',
      countdown: 'Reconnecting in 4 s',
      reason: 'connection closed (code 1006)',
      command: 'deskclaw ui',
    });
  });

  it('a graceful shutdown of the host is not shown as a fault', () => {
    const link = { ...lostLink, cause: 'host-ended' } as const;
    expect(lostHost(viewStateOf('stopped', { link }))).toMatchObject({
      tone: 'idle',
      title: 'DeskClaw’s background service stopped',
      detail: 'It stopped at 14:01:41. The gateway was stopped then.',
      reason: undefined,
    });
    expect(lostHost(viewStateOf('running', { link }))?.detail).toContain('may be running the gateway now');
  });

  it.each([
    ['built-in gateway 0.2.0', 4_121, 'If the service was killed, the built-in gateway ended with it.'],
    ['OpenClaw 2026.9.6', 4_121, 'The gateway itself may still be running.'],
    ['OpenClaw 2026.9.6', undefined, 'The gateway was not running then.'],
  ])('a lost host with %s (pid %s) claims no more of the gateway than is known', (program, pid, words) => {
    const { pid: _pid, ...bare } = scenes.running(NOW);
    const status = { ...bare, program, ...(pid === undefined ? {} : { pid }) };
    expect(lostHost(viewStateOf(status, { link: lostLink }))?.detail).toContain(words);
  });

  it('a live host shows no banner', () => {
    expect(lostHost(viewStateOf('running'))).toBeUndefined();
  });

  it('the banner appears only after several failed attempts', () => {
    const link = (attempt: number) => ({ name: 'connecting', since: NOW, attempt }) as const;
    const shown = [0, 1, 2, 9].map((attempt) => lostHost(viewStateOf('running', { link: link(attempt) }))?.title);
    const missing = 'Cannot reach DeskClaw’s background service';
    expect(shown).toEqual([undefined, undefined, missing, missing]);
  });

  it('an ended session keeps the data and names the command for a new link, with the profile', () => {
    const link = { ...lostLink, cause: 'session-refused' } as const;
    const host = { ...hostInfo(NOW), profile: 'work' };
    expect(lostHost(viewStateOf('running', { link, host }))).toMatchObject({
      title: 'The session of this page ended',
      detail: expect.stringContaining('The information below is from 14:01:41'),
      command: 'deskclaw --profile work ui',
    });
    expect(signedOut({ link })).toBeUndefined();
  });

  it('a page that never had a session shows how to get one, at once and without a banner', () => {
    const link = { name: 'connecting', since: NOW, attempt: 1, cause: 'session-refused' } as const;
    expect(signedOut({ link })).toMatchObject({
      title: 'Open the dashboard with a new link',
      detail: expect.stringContaining('works once, within two minutes'),
      command: 'deskclaw ui',
    });
    expect(lostHost(viewStateOf('running', { link: { ...link, attempt: 9 } }))).toBeUndefined();
    expect(signedOut({ link: { name: 'connecting', since: NOW, attempt: 9, cause: 'failure' } })).toBeUndefined();
    expect(signedOut({ link: { name: 'live', since: NOW } })).toBeUndefined();
  });
});
