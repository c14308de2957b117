import { writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Home, parseDocument, parseDocuments, shareHome } from '../support/deskclaw.ts';
import { gatewayCommand } from '../support/gateway-command.ts';
import { at, listAt, numberAt } from '../support/shape.ts';

/** One host and gateway for the tests that leave them as they were; each chat has a session of its own. */
const shared = shareHome((home) => home.startBuiltin());

describe('call', () => {
  it('prints the bare result, or a document around it', async () => {
    const home = shared();
    const plain = await home.run('call', 'system.health');
    expect(plain).toMatchObject({ code: 0, stderr: '' });
    expect(parseDocument(plain.stdout)).toMatchObject({ ok: true, version: expect.any(String) });
    expect(await home.document('call', 'system.health')).toMatchObject({
      schema: 'deskclaw.call/1',
      method: 'system.health',
      result: { ok: true },
    });
  });

  it('takes parameters as text, from standard input and from a file', async () => {
    const home = new Home();
    await home.startBuiltin();
    const params = '{"providerId": "p1", "baseUrl": "http://127.0.0.1:9/v1", "model": "m"}';
    const file = join(home.folder, 'params.json');
    writeFileSync(file, params);
    const results = [
      await home.run('call', 'providers.set', params),
      await home.start(['call', 'providers.set', '-'], { input: params }).ended,
      await home.run('call', 'providers.set', `@${file}`),
    ];
    for (const ended of results) {
      expect(ended).toMatchObject({ code: 0, stderr: '' });
      expect(parseDocument(ended.stdout)).toMatchObject({ id: 'p1', model: 'm' });
    }
  });

  it("exits 7 with the gateway's own code and words", async () => {
    const home = shared();
    const plain = await home.run('call', 'channels.get', '{"channelId": "nope"}');
    expect(plain).toMatchObject({ code: 7, stdout: '' });
    expect(plain.stderr).toContain('(rpc.error)');
    expect(plain.stderr).toContain('-32004');
    const json = await home.run('call', 'channels.get', '{"channelId": "nope"}', '--json');
    expect(json).toMatchObject({ code: 7, stdout: '' });
    expect(parseDocument(json.stderr)).toMatchObject({ error: { code: 'rpc.error', rpc: { code: -32004 } } });
    const unknown = await home.run('call', 'no.such.method', '--json');
    expect(unknown).toMatchObject({ code: 7 });
    expect(parseDocument(unknown.stderr)).toMatchObject({
      error: { code: 'method.not-offered', rpc: { code: -32601 } },
    });
  });

  it('exits 6 when the answer does not come, and says that the outcome is unknown', async () => {
    const home = shared();
    const pid = numberAt(await home.document('status'), 'gateway.pid');
    process.kill(pid, 'SIGSTOP');
    const ended = await home.run('call', 'skills.list', '--timeout', '0.2', '--json');
    process.kill(pid, 'SIGCONT');
    expect(ended).toMatchObject({ code: 6, stdout: '' });
    expect(parseDocument(ended.stderr)).toMatchObject({ error: { code: 'request.timeout' } });
  });

  it('exits 3 when the host runs and its gateway does not', async () => {
    const home = new Home();
    const holding = home.start(['start', '--foreground', '--gateway', 'builtin', '--port', '0', '--json']);
    await holding.line('stdout', () => true);
    await home.run('stop');
    const ended = await home.run('call', 'system.health', '--json');
    expect(ended).toMatchObject({ code: 3, stdout: '' });
    expect(parseDocument(ended.stderr)).toMatchObject({ error: { code: 'gateway.not-running' } });
    expect(await home.run('status')).toMatchObject({ code: 3 });
    holding.child.kill('SIGINT');
    expect(await holding.ended).toMatchObject({ code: 0 });
  });
});

it('methods: one a line, or all in a document', async () => {
  const home = shared();
  const plain = await home.run('methods');
  expect(plain.stdout.split('\n')).toContain('system.health');
  const document = await home.document('methods');
  expect(document).toMatchObject({ schema: 'deskclaw.methods/1' });
  expect(`${listAt(document, 'methods').join('\n')}\n`).toBe(plain.stdout);
});

it('health: exit 0 and the evidence', async () => {
  const home = shared();
  expect((await home.run('health')).stdout).toMatch(/^● healthy/);
  const document = await home.document('health');
  expect(document).toMatchObject({ schema: 'deskclaw.health/1', ok: true });
  const kinds = listAt(document, 'evidence').map((each) => at(each, 'kind'));
  expect(kinds).toEqual(expect.arrayContaining(['process', 'rpc']));
  for (const each of listAt(document, 'evidence')) expect(String(at(each, 'at'))).toMatch(/Z$/);
});

describe('chat', () => {
  it('prints the reply', async () => {
    const home = shared();
    expect(await home.run('chat', 'hello out there')).toMatchObject({
      code: 0,
      stdout: 'Echo (no model configured): hello out there\n',
      stderr: '',
    });
  });

  it('takes the message from standard input', async () => {
    const home = shared();
    const ended = await home.start(['chat'], { input: 'from a pipe\n' }).ended;
    expect(ended).toMatchObject({ code: 0, stdout: 'Echo (no model configured): from a pipe\n' });
    expect(await home.start(['chat'], { input: ' \n' }).ended).toMatchObject({ code: 2, stdout: '' });
  });

  it('streams: the reply grows document by document and ends once', async () => {
    const home = shared();
    const ended = await home.run('chat', 'one two three four five six', '--session', 'side', '--json');
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const updates = parseDocuments(ended.stdout);
    const deltas = updates.filter((each) => each['state'] === 'delta').map((each) => String(each['text']));
    expect(deltas.length).toBeGreaterThan(1);
    for (const [index, text] of deltas.slice(1).entries()) expect(text.startsWith(deltas[index] ?? '')).toBe(true);
    expect(updates.filter((each) => each['state'] === 'final')).toHaveLength(1);
    expect(updates.at(-1)).toMatchObject({
      schema: 'deskclaw.chat/1',
      sessionKey: 'side',
      state: 'final',
      text: 'Echo (no model configured): one two three four five six',
    });
    const history = await home.document('call', 'chat.history', '{"sessionKey": "side"}');
    expect(listAt(history, 'result.messages')).toHaveLength(2);
  });

  it('prints a reply whole and once, though the line breaks under it', async () => {
    const replies: ServerResponse[] = [];
    const say = (response: ServerResponse, choice: object) =>
      response.write(`data: ${JSON.stringify({ choices: [choice] })}\n\n`);
    const model = createServer((_request, response) => {
      replies.push(response);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      say(response, { delta: { content: 'the first half' } });
    });
    await new Promise<void>((resolve) => void model.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void model.close());
    const address = model.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const home = new Home();
    // Long enough for the message to be sent before the line breaks.
    const gateway = `${gatewayCommand('flap=2500')} --dialect openclaw --model m`;
    const command = `${gateway} --model-url http://127.0.0.1:${String(address.port)}/v1`;
    await home.document('start', '--command', command, '--port', '0');
    const talking = home.start(['chat', 'hello', '--session', 'agent:main:main'], { input: '' });
    await talking.shown('stdout', /the first half/);
    await talking.line('stderr', (line) => line.includes('lost the connection to the gateway'));
    for (const response of replies) {
      say(response, { delta: { content: ' and the second' }, finish_reason: 'stop' });
      response.end('data: [DONE]\n\n');
    }
    expect(await talking.ended).toMatchObject({ code: 0, stdout: 'the first half and the second\n' });
  });

  it('chat that OpenClaw cannot answer suggests its model, not its methods', async () => {
    const model = createServer((_request, response) => void response.writeHead(401).end('no key'));
    await new Promise<void>((resolve) => void model.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void model.close());
    const address = model.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const home = new Home();
    const url = `http://127.0.0.1:${String(address.port)}/v1`;
    const command = `${gatewayCommand()} --dialect openclaw --model m --model-url ${url}`;
    await home.document('start', '--command', command, '--port', '0');
    const ended = await home.run('chat', 'hello', '--session', 'agent:main:main', '--json');
    expect(ended).toMatchObject({ code: 7 });
    const { error } = parseDocument(ended.stderr);
    expect(listAt(error, 'actions').map((each) => at(each, 'command'))).toEqual([
      'openclaw models status',
      'openclaw configure --section model',
      'deskclaw logs -n 100',
    ]);
  });

  /** A reply that has begun and cannot end: its gateway is frozen until SIGCONT. */
  async function heldReply(home: Home, ...flags: readonly string[]) {
    const pid = numberAt(await home.document('status'), 'gateway.pid');
    const long = Array.from({ length: 60 }, (_, index) => `word${String(index)}`).join(' ');
    const talking = home.start(['chat', long, ...flags], { input: '' });
    await talking.shown('stdout', /Echo/);
    process.kill(pid, 'SIGSTOP');
    return { talking, release: () => process.kill(pid, 'SIGCONT') };
  }

  it('Ctrl-C aborts the run at the gateway and exits 130', async () => {
    const home = shared();
    const { talking, release } = await heldReply(home, '--session', 'aborted');
    talking.child.kill('SIGINT');
    await talking.line('stderr', (line) => line.startsWith('Aborting the reply.'));
    release();
    expect(await talking.ended).toMatchObject({
      code: 130,
      signal: null,
      stderr: expect.stringContaining('(aborted)'),
    });
    const history = await home.document('call', 'chat.history', '{"sessionKey": "aborted"}');
    expect(listAt(history, 'result.messages').at(-1)).toMatchObject({ role: 'assistant', state: 'aborted' });
  });

  it('a second Ctrl-C leaves at once', async () => {
    const home = shared();
    const { talking, release } = await heldReply(home, '--session', 'left');
    talking.child.kill('SIGINT');
    await talking.line('stderr', (line) => line.startsWith('Aborting the reply.'));
    talking.child.kill('SIGINT');
    expect(await talking.ended).toMatchObject({ code: 130, signal: null });
    release();
  });

  it('tells when the gateway is taken away in the middle', async () => {
    const home = shared();
    const { talking } = await heldReply(home, '--session', 'taken-away', '--json');
    await home.run('restart', '--force');
    const ended = await talking.ended;
    expect(ended).toMatchObject({ code: 1 });
    expect(parseDocument(ended.stderr)).toMatchObject({ error: { code: 'delivery.unconfirmed' } });
    expect(parseDocuments(ended.stdout).at(-1)).toMatchObject({ state: 'unconfirmed' });
  });
});

it('events: what the gateway announces, as documents, until Ctrl-C', async () => {
  const home = shared();
  const listening = home.start(['events'], { input: '' });
  await listening.line('stderr', (line) => line.startsWith('Listening'));
  const documents = home.start(['events', '--json', '--verbose'], { input: '' });
  await documents.line('stderr', (line) => line.includes('listening'));
  await home.run('chat', 'hello');
  const words = await listening.line(
    'stdout',
    (line) => line.includes('chat.message_received') && line.includes('"final"'),
  );
  expect(words).toMatch(/^\d\d:\d\d:\d\d chat\.message_received \{/);
  const line = await documents.line('stdout', (text) => text.includes('"final"'));
  expect(parseDocument(line)).toMatchObject({
    schema: 'deskclaw.event/1',
    at: expect.stringMatching(/Z$/),
    method: expect.stringMatching(/^chat\.message_(sent|received)$/),
    params: { state: 'final' },
  });
  listening.child.kill('SIGINT');
  documents.child.kill('SIGTERM');
  expect(await listening.ended).toMatchObject({ code: 130, signal: null });
  expect(await documents.ended).toMatchObject({ code: 143, signal: null });
});
