import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lastUserText, readScript } from '../src/model-script.ts';
import { type ModelServer, startModelServer } from '../src/model-server.ts';

let server: ModelServer;
beforeAll(async () => {
  server = await startModelServer();
});
afterAll(() => server.close());

function ask(text: string, rest: { stream?: boolean; signal?: AbortSignal } = {}): Promise<Response> {
  const { stream = true, signal } = rest;
  return fetch(`${server.url}/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model: 'echo-1', stream, messages: [{ role: 'user', content: text }] }),
    ...(signal && { signal }),
  });
}

function wordsOf(body: string): string {
  return body
    .split('\n\n')
    .filter((part) => part.startsWith('data: {'))
    .map((part): unknown => JSON.parse(part.slice(6)))
    .map((chunk) => JSON.stringify(chunk).match(/"content":"((?:[^"\\]|\\.)*)"/)?.[1] ?? '')
    .join('');
}

describe('the model server', () => {
  test('streams an echo and says that it is done', async () => {
    const body = await (await ask('hi there')).text();
    expect(wordsOf(body)).toBe('You said: hi there');
    expect(body).toContain('"finish_reason":"stop"');
    expect(body.trim().endsWith('data: [DONE]')).toBe(true);
  });

  test('answers whole where no stream is asked for', async () => {
    expect(await (await ask('hi', { stream: false })).json()).toMatchObject({
      choices: [{ message: { content: 'You said: hi' }, finish_reason: 'stop' }],
    });
  });

  test('fails as told', async () => {
    expect((await ask('[fail 500]')).status).toBe(500);
    expect((await ask('[fail]')).status).toBe(400);
  });

  test('a reply with [cut] ends with a broken connection after its words', async () => {
    const response = await ask('[chunks 9] [cut 2]');
    const reader = response.body?.getReader();
    let said = '';
    const reading = (async () => {
      for (;;) {
        const part = await reader?.read();
        if (part?.value !== undefined) said += new TextDecoder().decode(part.value);
        if (part === undefined || part.done) return;
      }
    })();
    await expect(reading).rejects.toThrow();
    expect(wordsOf(said)).toBe('w0 w1');
  });

  test('hangs until the other side gives up, and knows that it did', async () => {
    const giveUp = new AbortController();
    const response = await ask('[hang 1] waits', { signal: giveUp.signal });
    const reader = response.body?.getReader();
    await reader?.read();
    const entry = server.requests.find(({ text }) => text.includes('waits'));
    expect(entry?.outcome).toBe('open');
    giveUp.abort();
    await expect.poll(() => entry?.outcome).toBe('abandoned');
  });

  test('lists its model and knows nothing else', async () => {
    expect(await (await fetch(`${server.url}/models`)).json()).toMatchObject({ data: [{ id: 'echo-1' }] });
    expect((await fetch(`${server.url}/other`)).status).toBe(404);
  });
});

describe('what the person wrote', () => {
  test.each<[string, readonly object[], string]>([
    ['plain', [{ role: 'user', content: 'hi' }], 'hi'],
    ['in blocks', [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }], 'hi'],
    [
      'the last of several',
      [
        { role: 'user', content: 'a' },
        { role: 'assistant', content: 'b' },
        { role: 'user', content: 'c' },
      ],
      'c',
    ],
    ['after a time', [{ role: 'user', content: '[Mon 2026-11-23 16:17 UTC] hi' }], 'hi'],
    ['before an id', [{ role: 'user', content: '[Mon 2026-11-23 16:17 UTC] hi\n[message_id: 12-34]' }], 'hi'],
    [
      'after a block about the sender',
      [
        {
          role: 'user',
          content: 'Sender (untrusted metadata):\n```json\n{ "id": "x" }\n```\n\n[Mon 2026-11-23 16:17 UTC] hi',
        },
      ],
      'hi',
    ],
    [
      'before a message of OpenClaw’s own',
      [
        { role: 'user', content: 'hi' },
        { role: 'user', content: '<<OPENCLAW_INTERNAL_CONTEXT>> x' },
      ],
      'hi',
    ],
    ['nothing', [], ''],
  ])('the text of the user is read from a message: %s', (_name, messages, text) => {
    expect(lastUserText(messages)).toBe(text);
  });

  test('what it asks for', () => {
    expect(readScript('[chunks 3] [slow 20]')).toEqual({ pieces: ['w0', ' w1', ' w2'], pauseMs: 20, ending: 'end' });
    expect(readScript('[hang]')).toMatchObject({ pieces: [], ending: 'hang' });
    expect(readScript('[chunks 5] [cut 2]')).toMatchObject({ pieces: ['w0', ' w1'], ending: 'cut' });
    expect(readScript('[fail 503]')).toMatchObject({ status: 503 });
  });
});
