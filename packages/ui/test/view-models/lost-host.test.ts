import { describe, expect, it } from 'vitest';
import { lostHost } from '../../src/view-models/lost-host.ts';
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
    const link = { ...lostLink, graceful: true };
    expect(lostHost(viewStateOf('stopped', { link }))).toMatchObject({
      tone: 'idle',
      title: 'DeskClaw’s background service stopped',
      detail: 'It stopped at 14:01:41. The gateway is stopped.',
      reason: undefined,
    });
    expect(lostHost(viewStateOf('running', { link }))?.detail).toContain('may still be running the gateway');
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
});
