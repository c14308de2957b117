import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { describeRestart, describeStart, describeStop } from '../../src/commands/mcp.ts';
import { bin, Home, parseDocuments, shareHome } from '../support/deskclaw.ts';

/** The official client, with the built command as its server. */
async function connectAgent(home: Home, ...args: readonly string[]): Promise<Client> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [bin, 'mcp', ...args],
    env: { PATH: process.env['PATH'] ?? '', HOME: home.folder, DESKCLAW_HOME: home.folder },
    stderr: 'ignore',
  });
  const client = new Client({ name: 'test', version: '1.0.0' });
  await client.connect(transport);
  onTestFinished(() => client.close());
  return client;
}

interface Answer {
  readonly text: string;
  readonly data: Record<string, unknown>;
  readonly isError: boolean;
}

async function callTool(client: Client, name: string, args: Record<string, unknown> = {}): Promise<Answer> {
  const { content, structuredContent, isError } = (await client.callTool({ name, arguments: args })) as {
    content: readonly { type: string; text: string }[];
    structuredContent?: Record<string, unknown>;
    isError?: boolean;
  };
  return { text: content.map(({ text }) => text).join('\n'), data: structuredContent ?? {}, isError: isError === true };
}

describe('mcp on a fresh home', () => {
  it('offers tools that read, each with a description, and none that changes', async () => {
    const client = await connectAgent(new Home());
    expect(client.getServerVersion()).toMatchObject({ name: 'deskclaw' });
    expect(client.getInstructions()).toContain('Begin with "status"');
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(['status', 'incidents', 'why', 'logs', 'doctor']);
    for (const { description, annotations } of tools) {
      expect(description?.length).toBeGreaterThan(40);
      expect(annotations).toMatchObject({ readOnlyHint: true });
    }
  });

  it('says that nothing runs, and a tool that is not allowed is unknown', async () => {
    const client = await connectAgent(new Home());
    const { text, data } = await callTool(client, 'status');
    expect(text).toContain('stopped');
    expect(text).toMatch(/^[\n\x20-\x7e]*$/);
    expect(data).toMatchObject({ schema: 'deskclaw.status/1', host: null, gateway: { state: 'stopped' } });
    expect((await callTool(client, 'stop')).text).toContain('not found');
    expect(await callTool(client, 'logs', { since: 'soon' })).toMatchObject({
      isError: true,
      text: expect.stringContaining('"soon" is no time'),
    });
  });
});

const jsonRpc = (id: number, method: string, params: object) =>
  `${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`;
const initialize = jsonRpc(1, 'initialize', {
  protocolVersion: '2025-06-18',
  capabilities: {},
  clientInfo: { name: 'raw', version: '1' },
});

describe('mcp with settings that cannot be read', () => {
  const broken = (): Home => {
    const home = new Home();
    mkdirSync(join(home.folder, 'config'));
    writeFileSync(join(home.folder, 'config/config.json'), '{ "mcp": { "allow": ["start"] }, ');
    return home;
  };

  it('the server runs, offers no tool that changes, and its doctor tells what is wrong', async () => {
    const client = await connectAgent(broken());
    expect((await client.listTools()).tools.map(({ name }) => name)).not.toContain('start');
    expect((await callTool(client, 'doctor')).text).toContain('config.json');
  });

  it('requests that came before the end of the input are answered, and stderr says why no change is allowed', async () => {
    const input = `${initialize}${jsonRpc(2, 'tools/call', { name: 'doctor', arguments: {} })}`;
    const { code, stdout, stderr } = await broken().start(['mcp', '--profile', 'work'], { input }).ended;
    expect(code).toBe(0);
    expect(parseDocuments(stdout)).toMatchObject([{ id: 1 }, { id: 2, result: { content: expect.any(Array) } }]);
    expect(stderr).toMatch(/settings cannot be read.*deskclaw --profile work doctor/s);
  });
});

describe('what the tools that change say', () => {
  it.each([
    [describeStop({ outcome: 'applied', previousPid: 7 }), 'The gateway is stopped (pid 7).'],
    [
      describeStop({ outcome: 'applied', detachedFrom: 'ws://h:1/' }),
      expect.stringMatching(/at ws:\/\/h:1\/.*keeps running/),
    ],
    [describeStop({ outcome: 'superseded' }), expect.stringContaining('was not stopped')],
    [describeRestart({ outcome: 'applied', pid: 8 }), 'The gateway runs again (pid 8).'],
    [describeRestart({ outcome: 'superseded', pid: 8 }), expect.stringContaining('was not restarted')],
    [describeStart({ outcome: 'joined', pid: 8 }), 'The gateway is running (pid 8).'],
    [describeStart({ outcome: 'superseded' }), expect.not.stringContaining('is running')],
  ])('the answer "%s" follows the outcome and the ownership', (text, expected) => {
    expect(text).toEqual(expected);
  });
});

describe('mcp with a gateway', () => {
  const home = shareHome(async (each) => {
    await each.document('config', 'set', 'mcp.allow', 'start', 'restart');
    await each.document('config', 'set', 'env.OPENAI_API_KEY', 'sk-canary-0123456789abcdef');
    await each.startBuiltin();
  });

  it('restart is offered where the settings allow it, and a stop is not', async () => {
    const client = await connectAgent(home());
    const names = (await client.listTools()).tools.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['start', 'restart']));
    expect(names).not.toContain('stop');
    const before = (await callTool(client, 'status')).data['gateway'] as { pid: number };
    const restarted = await callTool(client, 'restart');
    expect(restarted).toMatchObject({
      isError: false,
      data: { schema: 'deskclaw.restart/1', previousPid: before.pid },
    });
    expect(restarted.text).toMatch(/^The gateway runs again \(pid \d+\)\.$/);
  });

  it('an allowance that was taken back holds at once', async () => {
    const client = await connectAgent(home());
    await home().document('config', 'set', 'mcp.allow', 'restart');
    const refused = await callTool(client, 'start');
    expect(refused.text).not.toContain('--profile');
    expect(refused).toMatchObject({ isError: true, data: { allowed: false } });
    const advised = /deskclaw (config set mcp\.allow start --add)/.exec(refused.text)?.[1] ?? '';
    await home().document(...advised.split(' '));
    expect(await callTool(client, 'start')).toMatchObject({ isError: false });
  });

  it('the advice to allow a tool names the profile of the server', async () => {
    await home().document('config', 'set', 'mcp.allow', 'start', '--profile', 'work');
    const client = await connectAgent(home(), '--profile', 'work');
    await home().document('config', 'set', 'mcp.allow', 'stop', '--profile', 'work');
    expect((await callTool(client, 'start')).text).toContain(
      'deskclaw --profile work config set mcp.allow start --add',
    );
  });

  it('tells of a crash, why it was, and no secret of the settings', async () => {
    const client = await connectAgent(home());
    const { pid } = (await callTool(client, 'status')).data['gateway'] as { pid: number };
    const watching = home().start(['status', '--watch', '--json']);
    await watching.line('stdout', (line) => line.includes(`"pid":${String(pid)}`));
    process.kill(pid, 'SIGKILL');
    await watching.line(
      'stdout',
      (line) => line.includes('"state":"running"') && !line.includes(`"pid":${String(pid)}`),
    );
    watching.child.kill('SIGTERM');
    const why = await callTool(client, 'why');
    expect(why.text).toContain('SIGKILL');
    expect(why.data).toMatchObject({ schema: 'deskclaw.why/1', row: { type: 'incident' }, advice: expect.any(Array) });
    const incidents = await callTool(client, 'incidents', { since: '1h', limit: 5 });
    expect(incidents.data['rows']).toContainEqual(expect.objectContaining({ type: 'incident' }));
    const logs = await callTool(client, 'logs', { lines: 100, grep: 'gateway|Host' });
    expect(logs.data['records']).not.toHaveLength(0);
    const doctor = await callTool(client, 'doctor');
    expect(doctor.data).toMatchObject({ schema: 'deskclaw.doctor/1', checks: expect.any(Array) });
    for (const { text, data } of [why, incidents, logs, doctor])
      expect(text + JSON.stringify(data)).not.toContain('sk-canary');
  });

  it('writes nothing but the protocol to standard output, and ends with its input', async () => {
    const running = home().start(['mcp', '--verbose']);
    running.child.stdin.write(initialize);
    await running.line('stdout', (line) => line.includes('"id":1'));
    running.child.stdin.write(
      `${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })}\n${JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'status', arguments: {} } })}\n`,
    );
    await running.line('stdout', (line) => line.includes('"id":2'));
    running.child.stdin.end();
    const { code, stdout } = await running.ended;
    expect(code).toBe(0);
    for (const frame of parseDocuments(stdout)) expect(frame).toMatchObject({ jsonrpc: '2.0' });
  });
});
