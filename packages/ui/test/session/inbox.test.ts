import { describe, expect, it } from 'vitest';
import { ACTIVITY_LIMIT, Inbox, LATENCY_LIMIT } from '../../src/session/inbox.ts';
import { LOG_LINE_LIMIT } from '../../src/session/log-tail.ts';
import { scenes } from '../support/scenes.ts';
import { NOW } from '../support/view-states.ts';

describe('Inbox', () => {
  it('the inbox stays bounded however long it is not emptied', () => {
    const inbox = new Inbox();
    for (let index = 0; index < 50_000; index += 1) {
      inbox.addStatus({ ...scenes.running(NOW), restarts: index });
      inbox.addLog({ at: index, source: 'gateway', level: 'info', text: String(index) });
      inbox.addActivity({ kind: 'timeline', record: { at: index, category: 'process', what: String(index) } });
    }
    const batch = inbox.take();
    expect(batch.status?.restarts).toBe(49_999);
    expect(batch.latencies.length).toBeLessThan(2 * LATENCY_LIMIT);
    expect(batch.activity.length).toBeLessThan(40 * ACTIVITY_LIMIT);
    expect(batch.logs.length).toBeLessThan(2 * LOG_LINE_LIMIT);
    expect(batch.logs.length + batch.logsSkipped).toBe(50_000);
    expect(batch.logs.at(-1)?.text).toBe('49999');
  });

  it('take returns every item once', () => {
    const inbox = new Inbox();
    inbox.addMalformed();
    inbox.addStatus(scenes.running(NOW));
    expect(inbox.take()).toMatchObject({ malformed: 1, latencies: [3], size: 2 });
    expect(inbox.take()).toEqual({
      status: undefined,
      latencies: [],
      activity: [],
      health: undefined,
      logs: [],
      logsSkipped: 0,
      size: 0,
      malformed: 0,
    });
  });
});
