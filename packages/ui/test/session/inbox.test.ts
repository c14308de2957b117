import { describe, expect, it } from 'vitest';
import { EVENTS_KEPT, Inbox, LATENCIES_KEPT } from '../../src/session/inbox.ts';
import { LOG_LINES } from '../../src/session/log-tail.ts';
import { scenes } from '../support/scenes.ts';
import { NOW } from '../support/sights.ts';

describe('the inbox', () => {
  it('stays bounded, however long nobody looks', () => {
    const inbox = new Inbox();
    for (let index = 0; index < 50_000; index += 1) {
      inbox.status({ ...scenes.running(NOW), restarts: index });
      inbox.log({ at: index, source: 'gateway', level: 'info', text: String(index) });
      inbox.happening({ kind: 'timeline', record: { at: index, lane: 'process', what: String(index) } });
    }
    const batch = inbox.take();
    expect(batch.status?.restarts).toBe(49_999);
    expect(batch.latencies.length).toBeLessThan(2 * LATENCIES_KEPT);
    expect(batch.happenings.length).toBeLessThan(40 * EVENTS_KEPT);
    expect(batch.logs.length).toBeLessThan(2 * LOG_LINES);
    expect(batch.logs.length + batch.logsSkipped).toBe(50_000);
    expect(batch.logs.at(-1)?.text).toBe('49999');
  });

  it('hands out everything once', () => {
    const inbox = new Inbox();
    inbox.malformed();
    inbox.status(scenes.running(NOW));
    expect(inbox.take()).toMatchObject({ malformed: 1, latencies: [3], size: 2 });
    expect(inbox.take()).toEqual({
      status: undefined,
      latencies: [],
      happenings: [],
      logs: [],
      logsSkipped: 0,
      size: 0,
      malformed: 0,
    });
  });
});
