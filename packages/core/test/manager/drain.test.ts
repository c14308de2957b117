import { createServer, type Server } from 'node:http';
import type { GatewayPhase, JournalRecord } from '@deskclaw/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { abortActiveRuns } from '../../../openclaw/src/openclaw-target.ts';
import type { ChatUpdate } from '../../src/chat/chat-types.ts';
import { GatewayError } from '../../src/errors/gateway-error.ts';
import type { GatewayManager } from '../../src/manager/gateway-manager.ts';
import type { GatewayTarget } from '../../src/manager/gateway-target.ts';
import { targetFromOptions } from '../../src/manager/target.ts';
import { gatewayCommand, lives, manage, pidOf, stopAll } from './builtin.ts';

const servers: Server[] = [];
afterEach(async () => {
  await stopAll();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** Longer than any test runs: what ends before ended for another reason. */
const VERY_LONG_MS = 600_000;

function phasesOf(manager: GatewayManager): GatewayPhase[] {
  const phases: GatewayPhase[] = [];
  manager.on('status', ({ phase }) => phases.push(phase));
  return phases;
}

async function outcome(request: Promise<unknown>): Promise<unknown> {
  try {
    return await request;
  } catch (error) {
    return error instanceof GatewayError ? error.outcome : error;
  }
}

describe('requests when a stop begins', () => {
  it('requests under way when a stop begins are answered first within drainMs', async () => {
    const command = gatewayCommand('slow-reply=200');
    const manager = manage({ command, stop: { drainMs: VERY_LONG_MS } });
    const phases = phasesOf(manager);
    await manager.start();
    const asked = outcome(manager.rpc('system.version'));
    await manager.stop();
    expect(await asked).toMatchObject({ version: expect.any(String) });
    expect(phases).toContain('drain');
  });

  it('requests under way when a stop begins fail at once without drainMs', async () => {
    const manager = manage({ command: gatewayCommand('slow-reply=200') });
    const phases = phasesOf(manager);
    await manager.start();
    const asked = outcome(manager.rpc('cron.run', { jobId: 'x' }));
    await manager.stop();
    expect(await asked).toBe('unknown');
    expect(phases).not.toContain('drain');
  });

  it('requests under way delay a stop by drainMs at most', async () => {
    // The first reply proves readiness; the second never comes.
    const manager = manage({ command: gatewayCommand('drop-replies=every=2'), stop: { drainMs: 50 } });
    await manager.start();
    const asked = outcome(manager.rpc('cron.run', { jobId: 'x' }));
    await manager.stop();
    expect(await asked).toBe('unknown');
  });

  it('a forced stop does not wait for requests, even while a gentle stop waits', async () => {
    const manager = manage({ command: gatewayCommand('drop-replies=every=2'), stop: { drainMs: VERY_LONG_MS } });
    await manager.start();
    const pid = pidOf(manager);
    const draining = new Promise<void>((resolve) => {
      manager.on('status', ({ phase }) => phase === 'drain' && resolve());
    });
    const asked = outcome(manager.rpc('cron.run', { jobId: 'x' }));
    const gentle = manager.stop();
    await draining;
    expect(lives(pid)).toBe(true);
    await manager.stop({ force: true });
    expect(lives(pid)).toBe(false);
    expect(await asked).toBe('unknown');
    expect((await gentle).outcome).toBe('joined');
  });
});

/** A model that takes the question and never answers. */
async function stuckModel(): Promise<{ readonly url: string; readonly asked: Promise<void> }> {
  const asked = Promise.withResolvers<void>();
  const server = createServer(() => asked.resolve());
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  return { url: `http://127.0.0.1:${String(address.port)}/v1`, asked: asked.promise };
}

describe('a gateway with a drain hook', () => {
  function stuckGateway(modelUrl: string, drainHook: GatewayTarget['drainHook']): GatewayManager {
    const options = {
      mode: 'supervise',
      port: 0,
      dialect: 'openclaw',
      command: [...gatewayCommand(), '--dialect', 'openclaw', '--model-url', modelUrl, '--model', 'm'],
      stop: { drainMs: VERY_LONG_MS },
    } as const;
    const target = { ...targetFromOptions(options), ...(drainHook && { drainHook }) };
    return manage({ prepare: () => Promise.resolve({ ok: true, target }) });
  }

  it('a drain hook ends the runs before the process is stopped, and each run emits its last update', async () => {
    const model = await stuckModel();
    const manager = stuckGateway(model.url, async (call, limitMs) => {
      const aborted = await abortActiveRuns(call, limitMs);
      return aborted.join(' ');
    });
    const updates: ChatUpdate[] = [];
    const timeline: JournalRecord[] = [];
    manager.on('chat:message', (update) => updates.push(update));
    manager.on('timeline', (record) => timeline.push(record));
    await manager.start();
    await manager.rpc('chat.send', { sessionKey: 'agent:main:main', message: 'hello', idempotencyKey: 'run-1' });
    await model.asked;
    await manager.stop();
    expect(updates.at(-1)).toMatchObject({ runId: 'run-1', state: 'aborted' });
    expect(timeline).toContainEqual(expect.objectContaining({ what: 'drained', cause: 'run-1' }));
  });

  it('a gateway is stopped even if its drain hook fails', async () => {
    const model = await stuckModel();
    const manager = stuckGateway(model.url, () => Promise.reject(new Error('it would not')));
    await manager.start();
    const pid = pidOf(manager);
    await manager.stop();
    expect(lives(pid)).toBe(false);
  });
});
