import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Check } from '../check.ts';
import { Conversation, SESSION } from '../conversation.ts';
import { call } from '../handshake.ts';
import { isTerminal } from '../ours.ts';
import { at } from '../wire.ts';

export const chatChecks: readonly Check[] = [
  {
    name: 'a reply streams',
    fact: 'the run bears our key; its words grow and end in one final with all of them',
    async run(bench) {
      const chat = new Conversation(await bench.connect());
      const { runId, answer } = await chat.send('hello [slow 40]');
      assert.deepEqual(at(answer, 'payload', 'runId'), runId);
      assert.equal(at(answer, 'payload', 'status'), 'started');
      const end = await chat.end(runId);
      assert.equal(end.state, 'final');
      assert.match(end.text, /^You said: .*hello \[slow 40\]/s);
      assert.equal(chat.shown(runId), end.text);
      const mine = chat.updates.filter((update) => update.runId === runId);
      assert.equal(mine.filter(isTerminal).length, 1);
      const deltas = mine.filter((update) => update.state === 'delta');
      assert.ok(deltas.length >= 1, 'no delta');
      const phases = mine.filter((update) => update.state === 'status').map((update) => update.phase);
      return `${String(deltas.length)} deltas; ${phases.join(', ')}`;
    },
  },
  {
    name: 'the same key twice',
    fact: 'sent again it is in_flight, and ok soon after its end: safe after a reconnect',
    async run(bench) {
      const chat = new Conversation(await bench.connect());
      const asked = bench.model.requests.length;
      const { runId } = await chat.send('once only [slow 60]');
      const { answer: again } = await chat.send('once only [slow 60]', runId);
      assert.equal(at(again, 'payload', 'status'), 'in_flight');
      assert.equal((await chat.end(runId)).state, 'final');
      let status: unknown = 'in_flight';
      for (let tries = 0; status === 'in_flight' && tries < 50; tries += 1) {
        await sleep(100);
        const { answer: after } = await chat.send('once only [slow 60]', runId);
        status = at(after, 'payload', 'status');
      }
      assert.equal(status, 'ok');
      const times = bench.model.requests.slice(asked).filter(({ text }) => text.includes('once only')).length;
      assert.equal(times, 1);
      return undefined;
    },
  },
  {
    name: 'abort',
    fact: 'chat.abort names the run; its aborted event comes before the answer, with the words so far',
    async run(bench) {
      const wire = await bench.connect();
      const chat = new Conversation(wire);
      const { runId } = await chat.send('[chunks 400] [slow 50]');
      await chat.until((update) => update.runId === runId && update.state === 'delta', 'first word');
      const answer = await call(wire, 'chat.abort', { sessionKey: SESSION, runId });
      assert.equal(at(answer, 'payload', 'aborted'), true);
      assert.deepEqual(at(answer, 'payload', 'runIds'), [runId]);
      const end = await chat.end(runId);
      assert.equal(end.state, 'aborted');
      assert.match(end.text, /^w0/);
      const order = wire.frames.filter(
        (frame) => frame === answer || (frame['event'] === 'chat' && at(frame, 'payload', 'state') === 'aborted'),
      );
      assert.equal(order.at(-1), answer);
      return undefined;
    },
  },
  {
    name: 'nothing to abort',
    fact: 'ok, aborted false',
    async run(bench) {
      const answer = await call(await bench.connect(), 'chat.abort', { sessionKey: SESSION });
      assert.deepEqual(answer['payload'], { ok: true, aborted: false, runIds: [] });
      return undefined;
    },
  },
  {
    name: 'the model fails',
    fact: 'an HTTP 400 of the model ends the run once: as an error (the oldest: as no reply)',
    async run(bench) {
      const chat = new Conversation(await bench.connect());
      const { runId } = await chat.send('[fail 400]');
      const end = await chat.end(runId);
      assert.equal(end.state, bench.expect({ A: 'final', B: 'error', C: 'error' }));
      if (bench.generation.letter === 'A') assert.equal(end.noReply, true);
      const spoken = chat.raw.filter((frame) => at(frame, 'payload', 'state') === 'error').length;
      return `${end.error ?? 'no reply'} (said ${String(spoken)} times as a chat error)`;
    },
  },
  {
    name: 'two at once',
    fact: 'a message sent while another is answered is answered too: in a run of its own, or within the reply of the first',
    async run(bench) {
      const chat = new Conversation(await bench.connect());
      const first = await chat.send('[chunks 20] [slow 60]');
      await chat.until((update) => update.runId === first.runId && update.state === 'delta', 'first word');
      const second = await chat.send('number two');
      const [one, two] = [await chat.end(first.runId), await chat.end(second.runId)];
      assert.equal(one.state, 'final');
      assert.match(one.text, /^w0 .* w19/);
      assert.equal(two.state, 'final');
      const within = two.answeredBy !== undefined;
      if (within) assert.equal(two.answeredBy, first.runId);
      assert.match(within ? one.text : two.text, /You said: .*number two/s);
      return within ? 'within the first' : two.via === undefined ? 'in its own run' : 'in a run of another name';
    },
  },
  {
    name: 'history',
    fact: 'what was said is there: our words and the reply to them',
    async run(bench) {
      const wire = await bench.connect();
      const answer = await call(wire, 'chat.history', { sessionKey: SESSION, limit: 50 });
      const messages = at(answer, 'payload', 'messages');
      assert.ok(Array.isArray(messages));
      const text = JSON.stringify(messages);
      assert.match(text, /hello \[slow 40\]/);
      assert.match(text, /You said: /);
      return `${String(messages.length)} messages`;
    },
  },
];
