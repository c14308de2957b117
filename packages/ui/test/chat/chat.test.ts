import { describeProblem } from '@deskclaw/protocol';
import { describe, expect, it } from 'vitest';
import { Chat } from '../../src/chat/chat.ts';
import { MESSAGE_LIMIT, REPLY_CHARACTER_LIMIT } from '../../src/chat/conversation.ts';
import { chatRow } from '../../src/view-models/chat-rows.ts';
import { scenes } from '../support/scenes.ts';
import { NOW } from '../support/view-states.ts';
import { settled, VirtualClock } from '../support/virtual-clock.ts';

interface Call {
  readonly method: string;
  readonly params: unknown;
  readonly key: string | undefined;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** A conversation whose gateway is the test. */
class Talk {
  readonly clock = new VirtualClock(NOW);
  readonly calls: Call[] = [];
  readonly chat: Chat;
  #uuid = 0;
  #seq = 0;

  constructor() {
    this.chat = new Chat({
      clock: this.clock,
      random: { uuid: () => `key-${String(++this.#uuid)}` },
      rpc: (method, params, key) =>
        new Promise((resolve, reject) => this.calls.push({ method, params, key, resolve, reject })),
      changed: () => undefined,
    });
  }

  call(method: string): Call {
    const index = this.calls.findIndex((call) => call.method === method);
    const call = this.calls.splice(index, 1)[0];
    if (index === -1 || call === undefined) throw new Error(`nobody called ${method}`);
    return call;
  }

  /** Sends one step of a streamed reply in the JSON-RPC dialect. */
  stream(runId: string, state: 'delta' | 'final' | 'error' | 'aborted', text: string, more: object = {}): void {
    this.chat.onNotification('chat.message_received', {
      runId,
      sessionKey: 'main',
      role: 'assistant',
      state,
      text,
      seq: ++this.#seq,
      ...more,
    });
  }

  /** Author, text, note and actions of each visible row. */
  get rows() {
    return this.chat.state.messages.map(chatRow).map(({ author, text, note, can }) => ({ author, text, note, can }));
  }

  async accepted(runId: string): Promise<void> {
    this.call('chat.send').resolve({ runId, status: 'started' });
    await settled();
  }
}

const lost = Object.assign(new Error('lost'), {
  outcome: 'unknown',
  problem: describeProblem('connection.lost', { code: 1006 }, NOW),
});

describe('Chat.send', () => {
  it('a sent message goes from sending to delivered, and its reply from streaming to final', async () => {
    const talk = new Talk();
    talk.chat.send('hello');
    expect(talk.rows).toEqual([{ author: 'user', text: 'hello', note: 'Sending…', can: [] }]);
    await talk.accepted('r1');
    expect(talk.rows[0]).toMatchObject({ note: undefined });
    expect(talk.rows[1]).toMatchObject({ author: 'agent', text: '', note: 'Thinking…', can: ['stop'] });
    talk.stream('r1', 'delta', 'Hi');
    talk.stream('r1', 'delta', 'Hi there');
    expect(talk.rows[1]).toMatchObject({ text: 'Hi there', can: ['stop'] });
    talk.stream('r1', 'final', 'Hi there.');
    await talk.clock.advance(60_000);
    expect(talk.rows).toHaveLength(2);
    expect(talk.rows[1]).toEqual({ author: 'agent', text: 'Hi there.', note: undefined, can: [] });
  });

  it('send passes an idempotency key, so that a repeated message takes effect once', () => {
    const talk = new Talk();
    talk.chat.send('hello');
    const call = talk.call('chat.send');
    expect(call.key).toBe('key-1');
    expect(call.params).toEqual({ sessionKey: 'main', message: 'hello', idempotencyKey: 'key-1' });
  });

  it('a message is unconfirmed when the connection breaks before the answer, and is not resent automatically', async () => {
    const talk = new Talk();
    talk.chat.send('pay the bill');
    talk.call('chat.send').reject(lost);
    await settled();
    await talk.clock.advance(600_000);
    expect(talk.calls.filter((call) => call.method === 'chat.send')).toEqual([]);
    expect(talk.rows[0]?.note).toMatch(/^Delivery unconfirmed/u);
    expect(talk.rows[0]?.can).toEqual(['resend', 'discard']);
  });

  it('resend uses the same idempotency key', async () => {
    const talk = new Talk();
    talk.chat.send('pay the bill');
    talk.call('chat.send').reject(lost);
    await settled();
    talk.chat.resend('key-1');
    expect(talk.rows[0]?.note).toBe('Sending…');
    expect(talk.call('chat.send')).toMatchObject({ key: 'key-1', params: { idempotencyKey: 'key-1' } });
    expect(talk.rows).toHaveLength(1);
  });

  it('a refused message shows the reason and can be discarded', async () => {
    const talk = new Talk();
    talk.chat.send('hello');
    const problem = describeProblem('rpc.error', { method: 'chat.send', code: -32_003, message: 'denied' }, NOW);
    talk.call('chat.send').reject(Object.assign(new Error('no'), { outcome: 'answered', problem }));
    await settled();
    expect(talk.rows[0]?.note).toBe(`Not sent. ${problem.title}: ${problem.detail}`);
    talk.chat.discard('key-1');
    expect(talk.rows).toEqual([]);
  });

  it('a reply that starts before its message is accepted is shown once', async () => {
    const talk = new Talk();
    talk.chat.send('hello');
    talk.stream('r1', 'delta', 'Hi');
    await talk.accepted('r1');
    talk.stream('r1', 'final', 'Hi!');
    await talk.clock.advance(60_000);
    expect(talk.rows.map((row) => row.text)).toEqual(['hello', 'Hi!']);
  });
});

describe('AssistantMessage', () => {
  it('stop aborts a reply, which is shown as stopped once the gateway confirms', async () => {
    const talk = new Talk();
    talk.chat.send('hello');
    await talk.accepted('r1');
    talk.stream('r1', 'delta', 'a very long');
    talk.chat.stop('r1');
    expect(talk.call('chat.abort').params).toEqual({ sessionKey: 'main', runId: 'r1' });
    expect(talk.rows[1]).toMatchObject({ note: undefined, can: ['stop'] });
    talk.stream('r1', 'aborted', 'a very long');
    await talk.clock.advance(60_000);
    expect(talk.rows[1]).toEqual({ author: 'agent', text: 'a very long', note: 'Stopped', can: [] });
  });

  it('a failed reply shows the error and keeps its partial text', async () => {
    const talk = new Talk();
    talk.stream('r1', 'delta', 'half');
    talk.stream('r1', 'error', 'half', { error: 'model is gone' });
    await talk.clock.advance(60_000);
    expect(talk.rows[0]).toMatchObject({ text: 'half', note: 'Failed: model is gone', can: [] });
  });

  it('a run that ends without a final event times out', async () => {
    const talk = new Talk();
    talk.chat.onNotification('agent', {
      runId: 'r',
      sessionKey: 'main',
      stream: 'lifecycle',
      data: { phase: 'start' },
    });
    talk.chat.onNotification('agent', {
      runId: 'r',
      sessionKey: 'main',
      stream: 'lifecycle',
      data: { phase: 'error', error: 'x' },
    });
    await talk.clock.advance(600_000);
    expect(talk.rows[0]).toMatchObject({ note: 'Failed: x', can: [] });
    expect(talk.clock.pending).toBe(0);
  });

  it('an empty reply is labelled as no reply', async () => {
    const talk = new Talk();
    talk.chat.send('hello');
    await talk.accepted('r1');
    talk.stream('r1', 'final', '');
    await talk.clock.advance(60_000);
    expect(talk.rows[1]).toMatchObject({ text: '', note: 'No reply' });
  });

  it('a reply of 10 MB is truncated and keeps its real length', async () => {
    const talk = new Talk();
    talk.stream('r1', 'final', 'x'.repeat(10 * 1024 * 1024));
    await talk.clock.advance(60_000);
    const row = talk.chat.state.messages.map(chatRow)[0];
    expect(row?.text.length).toBe(REPLY_CHARACTER_LIMIT);
    expect(row?.length).toBe(10 * 1024 * 1024);
  });

  it('a reply of another session is ignored', () => {
    const talk = new Talk();
    talk.stream('r1', 'delta', 'elsewhere', { sessionKey: 'agent:main:whatsapp' });
    expect(talk.rows).toEqual([]);
  });

  it('a reply is shown when the gateway uses the full session key', () => {
    const talk = new Talk();
    talk.stream('r1', 'delta', 'here', { sessionKey: 'agent:main:main' });
    expect(talk.rows[0]?.text).toBe('here');
  });

  it('an interrupted reply is marked as broken and continues after the reconnect', async () => {
    const talk = new Talk();
    talk.chat.onGatewayStatus(scenes.running(NOW));
    talk.stream('r1', 'delta', 'half');
    talk.chat.onGatewayStatus(scenes.reconnecting(NOW));
    expect(talk.rows[0]?.note).toMatch(/^The connection was lost here/u);
    talk.chat.onGatewayStatus(scenes.running(NOW));
    talk.stream('r1', 'final', 'half and half');
    await talk.clock.advance(60_000);
    expect(talk.rows[0]).toMatchObject({ text: 'half and half', note: undefined });
  });

  it.each(['stopping', 'stopped'] as const)(
    'a reply cut off by a stop is shown as stopped, not as broken: %s',
    (scene) => {
      const talk = new Talk();
      talk.chat.onGatewayStatus(scenes.running(NOW));
      talk.stream('r1', 'delta', 'half');
      talk.chat.onGatewayStatus(scenes[scene](NOW));
      expect(talk.rows[0]?.note).toBe('The gateway was stopped before this reply was complete.');
    },
  );

  it('a reply that the gateway finishes while it is being stopped is complete', () => {
    const talk = new Talk();
    talk.chat.onGatewayStatus(scenes.running(NOW));
    talk.stream('r1', 'delta', 'half');
    talk.chat.onGatewayStatus(scenes.draining(NOW));
    talk.stream('r1', 'final', 'half and half');
    talk.chat.onGatewayStatus(scenes.stopped(NOW));
    expect(talk.rows[0]).toMatchObject({ text: 'half and half', note: undefined });
  });

  it('a reply that was broken when the gateway was stopped will not continue', () => {
    const talk = new Talk();
    talk.chat.onGatewayStatus(scenes.running(NOW));
    talk.stream('r1', 'delta', 'half');
    talk.chat.onGatewayStatus(scenes.reconnecting(NOW));
    talk.chat.onGatewayStatus(scenes.stopped(NOW));
    expect(talk.rows[0]?.note).toMatch(/^The gateway was stopped/u);
  });

  it('a reply of an attached gateway may go on after a disconnect', () => {
    const talk = new Talk();
    talk.chat.onGatewayStatus(scenes.attached(NOW));
    talk.stream('r1', 'delta', 'half');
    talk.chat.onGatewayStatus(scenes.stopped(NOW));
    expect(talk.rows[0]?.note).toMatch(/^The connection was lost here/u);
  });

  it('a very long reply keeps its newest characters', () => {
    const talk = new Talk();
    talk.chat.onGatewayStatus(scenes.running(NOW));
    talk.stream('r1', 'delta', `${'a'.repeat(150_000)} the end`);
    expect(talk.rows[0]?.text).toHaveLength(100_000);
    expect(talk.rows[0]?.text.endsWith(' the end')).toBe(true);
  });

  it('a reply that ended during a disconnect is completed from chat.history', async () => {
    const talk = new Talk();
    talk.chat.onGatewayStatus(scenes.running(NOW));
    talk.call('chat.history').resolve({ messages: [] });
    await settled();
    talk.stream('r1', 'delta', 'half');
    talk.chat.onHostLost();
    talk.chat.onGatewayStatus(scenes.running(NOW));
    const whole = { id: '2', role: 'assistant', text: 'the whole', at: NOW, runId: 'r1', state: 'final' };
    talk.call('chat.history').resolve({ messages: [whole] });
    await settled();
    expect(talk.rows).toEqual([{ author: 'agent', text: 'the whole', note: undefined, can: [] }]);
  });
});

describe('Chat history', () => {
  it('an empty page loads chat.history from the gateway', async () => {
    const talk = new Talk();
    talk.chat.onGatewayStatus(scenes.running(NOW));
    talk.call('chat.history').resolve({ messages: [{ role: 'user', content: 'before' }] });
    await settled();
    expect(talk.rows.map((row) => row.text)).toEqual(['before']);
  });

  it('messages are not duplicated after the gateway reconnects', async () => {
    const talk = new Talk();
    talk.chat.onGatewayStatus(scenes.running(NOW));
    talk.call('chat.history').resolve({ messages: [] });
    await settled();
    talk.chat.send('hello');
    await talk.accepted('r1');
    talk.chat.onGatewayStatus(scenes.reconnecting(NOW));
    talk.chat.onGatewayStatus(scenes.running(NOW));
    talk.call('chat.history').resolve({ messages: [{ id: '9', role: 'user', text: 'hello', runId: 'r1' }] });
    await settled();
    expect(talk.rows.filter((row) => row.author === 'user')).toHaveLength(1);
  });

  it('the message list is bounded and counts dropped messages', () => {
    const talk = new Talk();
    for (let index = 0; index < MESSAGE_LIMIT + 30; index += 1) talk.chat.send(String(index));
    expect(talk.chat.state.messages).toHaveLength(MESSAGE_LIMIT);
    expect(talk.chat.state.dropped).toBe(30);
  });

  it('chat works when chat.history is not supported', async () => {
    const talk = new Talk();
    talk.chat.onGatewayStatus(scenes.running(NOW));
    talk.call('chat.history').reject(new Error('method not found'));
    await settled();
    expect(talk.rows).toEqual([]);
  });

  it('close cancels every timer', async () => {
    const talk = new Talk();
    talk.chat.onNotification('agent', {
      runId: 'r',
      sessionKey: 'main',
      stream: 'lifecycle',
      data: { phase: 'error', error: 'x' },
    });
    expect(talk.clock.pending).toBe(1);
    talk.chat.close();
    expect(talk.clock.pending).toBe(0);
  });

  it('malformed chat events are ignored', () => {
    const talk = new Talk();
    for (const params of [
      undefined,
      null,
      7,
      'x',
      [],
      {},
      { runId: 5 },
      { runId: 'r', sessionKey: 'main', state: 'sideways' },
    ]) {
      talk.chat.onNotification('chat.message_received', params);
      talk.chat.onNotification('chat', params);
      talk.chat.onNotification('agent', params);
    }
    expect(talk.rows.filter((row) => row.text !== '')).toEqual([]);
  });
});
