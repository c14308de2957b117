import { describeProblem, type JournalRecord, type LogRecord, SESSION_REFUSED } from '@deskclaw/protocol';
import { describe, expect, it } from 'vitest';
import { hostInfo, journal, scenes } from '../support/scenes.ts';
import { SessionHarness } from '../support/session-harness.ts';
import { NOW } from '../support/view-states.ts';
import { settled } from '../support/virtual-clock.ts';

function log(text: string): LogRecord {
  return { at: NOW, source: 'gateway', level: 'info', text };
}

describe('connecting to the host', () => {
  it('publishes nothing until the initial state is complete, then all of it', async () => {
    const stage = new SessionHarness();
    expect(stage.snapshot).toMatchObject({
      link: { name: 'connecting', attempt: 0 },
      status: undefined,
      host: undefined,
    });
    await stage.completeInitialLoad();
    expect(stage.snapshot).toMatchObject({
      link: { name: 'live' },
      host: { pid: 3_912 },
      status: { state: 'running' },
    });
    expect(stage.snapshot.activity).toHaveLength(journal(NOW).length);
    expect(stage.snapshot.logs.lines).toHaveLength(48);
  });

  it('keeps the newest status, whether it arrived as a response or as an event', async () => {
    const stage = new SessionHarness();
    const { connection } = stage;
    connection.take('host.info').resolve(hostInfo(NOW));
    connection.take('events.subscribe').resolve(undefined);
    connection.emit('gateway.status', scenes.stopped(NOW));
    connection.take('gateway.status').resolve(scenes.starting(NOW));
    await settled();
    connection.emit('gateway.status', scenes.running(NOW));
    connection.take('timeline.query').resolve({ records: [], truncated: false });
    connection.take('logs.query').resolve({ records: [], truncated: false });
    await settled();
    expect(stage.snapshot.status?.state).toBe('running');
  });

  it('an event that is also in the initial state is shown once', async () => {
    const stage = new SessionHarness();
    const twice: JournalRecord = { at: NOW, category: 'process', what: 'spawned' };
    const line = log('both ways');
    stage.connection.emit('timeline', twice);
    stage.connection.emit('timeline', { at: NOW + 1, category: 'connection', what: 'ready' });
    stage.connection.emit('log', line);
    await stage.completeInitialLoad(scenes.running(NOW), { records: [...journal(NOW), twice], logs: [line] });
    stage.render();
    expect(stage.snapshot.activity.filter((entry) => entry.count > 1)).toEqual([]);
    expect(stage.snapshot.activity).toHaveLength(journal(NOW).length + 2);
    expect(stage.snapshot.logs.lines).toHaveLength(1);
  });

  it('rejects a host with another control protocol', async () => {
    const stage = new SessionHarness();
    await stage.completeInitialLoad(scenes.running(NOW), {
      host: { ...hostInfo(NOW), controlProtocol: 99, version: '9.0.0' },
    });
    expect(stage.snapshot.link).toMatchObject({
      name: 'connecting',
      attempt: 1,
      reason: expect.stringContaining('9.0.0'),
    });
    expect(stage.snapshot.status).toBeUndefined();
    expect(stage.connection.closedByPage).toBe(true);
  });

  it('retries when opening the channel throws', async () => {
    let tries = 0;
    const stage = new SessionHarness({
      connect: () => {
        tries += 1;
        throw new Error('no such address');
      },
    });
    await stage.clock.advance(1_000);
    expect(stage.snapshot.link).toMatchObject({ name: 'connecting', reason: 'no such address' });
    expect(tries).toBeGreaterThan(1);
  });
});

describe('checks of the gateway', () => {
  it('the result of a check is shown to every page, and a second one is not asked for meanwhile', async () => {
    const stage = new SessionHarness();
    await stage.completeInitialLoad();
    const report = { ok: true, latencyMs: 3, evidence: [{ kind: 'rpc', ok: true, at: NOW }] };
    stage.session.checkHealth();
    stage.session.checkHealth();
    expect(stage.snapshot).toMatchObject({ health: undefined, checking: true });
    const call = stage.connection.take('gateway.health');
    expect(stage.connection.calls.filter(({ method }) => method === 'gateway.health')).toEqual([]);
    stage.connection.emit('health', { ...report, evidence: [{ kind: 'weather' }] });
    stage.connection.emit('health', report);
    call.resolve(report);
    await settled();
    stage.render();
    expect(stage.snapshot).toMatchObject({ health: report, checking: false, malformed: 1 });
  });

  it('a check ends with its connection', async () => {
    const stage = new SessionHarness();
    await stage.completeInitialLoad();
    stage.session.checkHealth();
    stage.connection.end();
    await settled();
    expect(stage.snapshot.checking).toBe(false);
  });
});

describe('losing the host connection', () => {
  it('a lost host keeps its data and the time of the loss', async () => {
    const stage = new SessionHarness();
    await stage.completeInitialLoad();
    await stage.clock.advance(60_000);
    stage.connection.end('the host ends');
    await settled();
    const { link, status, host, activity: events } = stage.snapshot;
    expect(link).toEqual({
      name: 'lost',
      since: NOW + 60_000,
      cause: 'failure',
      attempt: 1,
      retryAt: NOW + 60_188,
      reason: 'the host ends',
    });
    expect(status?.state).toBe('running');
    expect(host?.pid).toBe(3_912);
    expect(events.length).toBeGreaterThan(0);
  });

  it('close code 1001 marks the loss as graceful through later retries', async () => {
    const stage = new SessionHarness();
    await stage.completeInitialLoad();
    stage.connection.end('the host ends', 1001);
    await settled();
    expect(stage.snapshot.link).toMatchObject({ name: 'lost', cause: 'host-ended' });
    await stage.clock.advance(200);
    stage.connection.end('refused');
    await settled();
    expect(stage.snapshot.link).toMatchObject({ name: 'lost', cause: 'host-ended', attempt: 2, reason: 'refused' });
  });

  it('a host that answers that the session ended replaces the first cause of the loss', async () => {
    const stage = new SessionHarness();
    await stage.completeInitialLoad();
    stage.connection.end('the host ends', 1001);
    await settled();
    await stage.clock.advance(200);
    stage.connection.end('the session ended', SESSION_REFUSED);
    await settled();
    expect(stage.snapshot.link).toMatchObject({ name: 'lost', cause: 'session-refused', attempt: 2 });
  });

  it('events received just before the loss are shown', async () => {
    const stage = new SessionHarness();
    await stage.completeInitialLoad();
    stage.connection.emit('gateway.status', scenes.reconnecting(NOW));
    stage.connection.end();
    await settled();
    expect(stage.snapshot.status?.state).toBe('reconnecting');
  });

  it('reconnects with growing backoff and keeps the time of the loss', async () => {
    const stage = new SessionHarness();
    await stage.completeInitialLoad();
    await stage.clock.advance(60_000);
    const waits: number[] = [];
    for (let attempt = 1; attempt <= 8; attempt += 1) {
      stage.connection.end();
      await settled();
      const { link } = stage.snapshot;
      if (link.name !== 'lost' || link.retryAt === undefined) throw new Error('not waiting');
      expect(link).toMatchObject({ since: NOW + 60_000, attempt });
      waits.push(link.retryAt - stage.clock.wallTime());
      await stage.clock.advance(link.retryAt - stage.clock.wallTime());
    }
    expect(waits).toEqual([188, 375, 750, 1_500, 3_000, 3_750, 3_750, 3_750]);
    await stage.completeInitialLoad(scenes.stopped(NOW));
    expect(stage.snapshot).toMatchObject({ link: { name: 'live' }, status: { state: 'stopped' } });
  });

  it('a short-lived connection does not reset the failure count', async () => {
    const stage = new SessionHarness();
    for (let round = 0; round < 4; round += 1) {
      await stage.completeInitialLoad();
      stage.connection.end();
      await settled();
      await stage.clock.advance(2_000);
    }
    await stage.completeInitialLoad();
    stage.connection.end();
    await settled();
    expect(stage.snapshot.link).toMatchObject({ attempt: 5 });
  });

  it('retryNow connects immediately and only once', async () => {
    const stage = new SessionHarness();
    await stage.completeInitialLoad();
    stage.connection.end();
    await settled();
    stage.session.retryNow();
    stage.session.retryNow();
    expect(stage.connections).toHaveLength(2);
    expect(stage.snapshot.link).not.toHaveProperty('retryAt');
    await stage.clock.advance(10_000);
    expect(stage.connections).toHaveLength(2);
  });

  it('events of a closed connection are ignored', async () => {
    const stage = new SessionHarness();
    await stage.completeInitialLoad();
    const old = stage.connection;
    old.end();
    await settled();
    await stage.clock.advance(1_000);
    await stage.completeInitialLoad(scenes.stopped(NOW));
    old.emit('gateway.status', scenes.running(NOW));
    old.emit('log', log('late'));
    old.end('again');
    await settled();
    stage.render();
    expect(stage.snapshot).toMatchObject({ link: { name: 'live' }, status: { state: 'stopped' } });
    expect(stage.connections).toHaveLength(2);
  });

  it('a late close of a replaced connection changes nothing', async () => {
    const stage = new SessionHarness();
    const strange = stage.connection;
    await stage.completeInitialLoad(scenes.running(NOW), { host: { ...hostInfo(NOW), controlProtocol: 99 } });
    await stage.clock.advance(1_000);
    await stage.completeInitialLoad();
    strange.end();
    await settled();
    expect(stage.snapshot.link.name).toBe('live');
    expect(stage.connections).toHaveLength(2);
  });

  it('only one retry timer is pending, also after retryNow', async () => {
    const stage = new SessionHarness();
    await stage.completeInitialLoad();
    for (let round = 0; round < 3; round += 1) {
      stage.connection.end();
      await settled();
      stage.session.retryNow();
    }
    stage.connection.end();
    await settled();
    expect(stage.clock.pending).toBe(1);
  });

  it('latencies are kept for the same host and dropped for another', async () => {
    const stage = new SessionHarness();
    await stage.completeInitialLoad();
    stage.connection.emit('gateway.status', scenes.running(NOW));
    stage.render();
    const before = stage.snapshot.latencies.length;
    stage.connection.end();
    await settled();
    await stage.clock.advance(1_000);
    await stage.completeInitialLoad();
    expect(stage.snapshot.latencies.length).toBeGreaterThan(before);
    stage.connection.end();
    await settled();
    await stage.clock.advance(1_000);
    await stage.completeInitialLoad(scenes.running(NOW), { host: { ...hostInfo(NOW), startedAt: NOW } });
    expect(stage.snapshot.latencies).toHaveLength(1);
  });

  it('close leaves no timer, frame or connection behind', async () => {
    const stage = new SessionHarness();
    await stage.completeInitialLoad();
    stage.connection.emit('log', log('x'));
    // The last word of a run is waited for a while.
    const ending = { runId: 'r', sessionKey: 'main', stream: 'lifecycle', data: { phase: 'error', error: 'x' } };
    stage.connection.emit('gateway.notification', { method: 'agent', params: ending });
    expect(stage.clock.pending).toBe(1);
    stage.session.close();
    expect(stage.connection.closedByPage).toBe(true);
    expect(stage.clock.pending).toBe(0);
    expect(stage.hasScheduledFrame).toBe(false);
    stage.connection.end();
    await stage.clock.advance(60_000);
    expect(stage.connections).toHaveLength(1);
  });
});

describe('events', () => {
  it('events are rendered once per frame, however many arrive', async () => {
    const stage = new SessionHarness();
    await stage.completeInitialLoad();
    stage.render();
    const before = stage.changes;
    for (let index = 0; index < 2_000; index += 1) {
      stage.connection.emit('gateway.status', { ...scenes.running(NOW), restarts: index });
      stage.connection.emit('log', log(`line ${String(index)}`));
      stage.connection.emit('gateway.notification', {
        method: 'channel.status_changed',
        params: { channelId: String(index) },
      });
    }
    expect(stage.changes).toBe(before);
    stage.render();
    expect(stage.changes).toBe(before + 1);
    expect(stage.snapshot.status?.restarts).toBe(1_999);
    expect(stage.snapshot.logs.lines).toHaveLength(2_048);
    expect(stage.snapshot.activity).toHaveLength(50);
  });

  it('bursts of events are rendered in fewer, larger batches', async () => {
    const stage = new SessionHarness();
    await stage.completeInitialLoad();
    stage.render();
    for (let index = 0; index < 100; index += 1) stage.connection.emit('log', log(String(index)));
    stage.render();
    // The next picture comes at once, and shows how little the first had cost.
    stage.render();
    stage.connection.emit('log', log('next'));
    expect(stage.hasScheduledFrame).toBe(false);
    await stage.clock.advance(49);
    expect(stage.hasScheduledFrame).toBe(false);
    await stage.clock.advance(1);
    stage.render();
    expect(stage.snapshot.logs.lines.at(-1)?.record.text).toBe('next');
    stage.connection.emit('log', log('calm again'));
    expect(stage.hasScheduledFrame).toBe(true);
  });

  it('buffered events stay bounded while a hidden page renders nothing', async () => {
    const stage = new SessionHarness();
    await stage.completeInitialLoad(scenes.running(NOW), { records: [], logs: [] });
    for (let index = 0; index < 50_000; index += 1) stage.connection.emit('log', log(String(index)));
    stage.render();
    const { lines, older } = stage.snapshot.logs;
    expect(lines.at(-1)?.record.text).toBe('49999');
    expect(lines.length).toBeLessThanOrEqual(5_000);
    expect(lines.length + older).toBe(50_000);
  });

  it('malformed events change nothing and are counted', async () => {
    const stage = new SessionHarness();
    await stage.completeInitialLoad();
    stage.render();
    const { status, activity, logs } = stage.snapshot;
    const nonsense = [
      {},
      { state: 'flying' },
      { ...scenes.running(NOW), port: '18789' },
      { ...scenes.running(NOW), problem: { code: 1 } },
      [],
      7,
    ];
    for (const payload of nonsense) stage.connection.emit('gateway.status', payload);
    stage.connection.emit('timeline', { at: 'now', category: 'process', what: 'x' });
    stage.connection.emit('timeline', { at: NOW, category: 'weather', what: 'x' });
    stage.connection.emit('log', { text: 'no time' });
    stage.connection.emit('gateway.notification', { params: {} });
    stage.connection.malformed();
    stage.render();
    expect(stage.snapshot.malformed).toBe(nonsense.length + 5);
    expect(stage.snapshot).toMatchObject({ status, activity, logs });
  });

  it('valid entries of a partly malformed list are kept', async () => {
    const stage = new SessionHarness();
    await stage.completeInitialLoad(scenes.running(NOW), {
      records: [...journal(NOW), { at: 'x' }, null],
      logs: [log('good'), 'bad'],
    });
    stage.render();
    expect(stage.snapshot.activity).toHaveLength(journal(NOW).length);
    expect(stage.snapshot.logs.lines).toHaveLength(1);
    expect(stage.snapshot.malformed).toBe(3);
  });

  it('repeated events become one row with a count', async () => {
    const stage = new SessionHarness();
    await stage.completeInitialLoad(scenes.running(NOW), { records: [] });
    for (let index = 0; index < 30; index += 1) {
      stage.connection.emit('gateway.notification', { method: 'pulse', params: {} });
    }
    stage.connection.emit('gateway.notification', { method: 'other' });
    stage.render();
    expect(stage.snapshot.activity.map((entry) => entry.count)).toEqual([1, 30]);
  });
});

describe('requests', () => {
  it('a request is pending until the host answers and changes no other state', async () => {
    const stage = new SessionHarness();
    await stage.completeInitialLoad();
    stage.session.request({ method: 'gateway.stop' });
    expect(stage.snapshot).toMatchObject({
      pending: [{ request: { method: 'gateway.stop' } }],
      status: { state: 'running' },
    });
    stage.connection.take('gateway.stop').resolve({ outcome: 'applied', generation: 4 });
    await settled();
    expect(stage.snapshot).toMatchObject({ pending: [], refusal: undefined, status: { state: 'running' } });
  });

  it('a refused request keeps the problem of the host until the next request', async () => {
    const stage = new SessionHarness();
    await stage.completeInitialLoad();
    const problem = describeProblem('port.in-use', { host: '127.0.0.1', port: 1 }, NOW);
    stage.session.request({ method: 'gateway.restart' });
    stage.connection.take('gateway.restart').reject(Object.assign(new Error('no'), { problem }));
    await settled();
    expect(stage.snapshot).toMatchObject({ pending: [], refusal: problem });
    stage.session.request({ method: 'gateway.start' });
    expect(stage.snapshot.refusal).toBeUndefined();
  });

  it('a request that fails without a problem reports an internal one', async () => {
    const stage = new SessionHarness();
    await stage.completeInitialLoad();
    stage.session.request({ method: 'gateway.start' });
    stage.connection.take('gateway.start').reject(new Error('odd'));
    await settled();
    expect(stage.snapshot.refusal).toMatchObject({ code: 'internal', detail: 'odd' });
    stage.session.dismissRefusal();
    expect(stage.snapshot.refusal).toBeUndefined();
  });

  it('a request that dies with its connection reports only the loss', async () => {
    const stage = new SessionHarness();
    await stage.completeInitialLoad();
    stage.session.request({ method: 'gateway.stop' });
    const call = stage.connection.take('gateway.stop');
    stage.connection.end();
    await settled();
    call.reject(new Error('lost'));
    await settled();
    expect(stage.snapshot).toMatchObject({ link: { name: 'lost' }, pending: [], refusal: undefined });
  });

  it('a request to a lost host is not sent', async () => {
    const stage = new SessionHarness();
    await stage.completeInitialLoad();
    stage.connection.end();
    await settled();
    stage.session.request({ method: 'gateway.stop' });
    expect(stage.snapshot.pending).toEqual([]);
  });
});
