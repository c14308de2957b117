/** Behaviour, section 8: T1. */
import { afterEach, describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/errors/gateway-error.ts';
import type { GatewayManagerOptions } from '../../src/manager/options.ts';
import { foreignGateway, freePort, gatewayCommand, manage, stopAll } from '../manager/builtin.ts';
import { noOtherUser, OTHER_USER, OtherUsersProgram } from '../trust/other-user.ts';

const TOKEN = 'the-token-that-is-ours';

const programs: OtherUsersProgram[] = [];
afterEach(async () => {
  await stopAll();
  await Promise.all(programs.splice(0).map((program) => program.end()));
});

async function otherUsersProgram(options: Parameters<typeof OtherUsersProgram.start>[0] = {}) {
  const started = await OtherUsersProgram.start(options);
  programs.push(started.program);
  return started;
}

async function startError(options: GatewayManagerOptions): Promise<GatewayError> {
  const manager = manage({ auth: { token: TOKEN }, ...options });
  const error: unknown = await manager.start().then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (!(error instanceof GatewayError)) throw new Error(`expected a GatewayError, got ${String(error)}`);
  return error;
}

describe('T1: another user listens on the port of the gateway', () => {
  it.for<[string, GatewayManagerOptions]>([
    ['mode auto of an OpenClaw gateway', { mode: 'auto', dialect: 'openclaw' }],
    ['mode auto that detects the dialect', { mode: 'auto', dialect: 'auto' }],
    ['mode auto of a JSON-RPC gateway', { mode: 'auto', dialect: 'jsonrpc' }],
    ['mode attach', { mode: 'attach', dialect: 'jsonrpc' }],
    ['mode attach to an OpenClaw gateway', { mode: 'attach', dialect: 'openclaw' }],
  ])('%s sends it not one byte and names its user, process and the setting', async ([_mode, options], context) => {
    if (noOtherUser !== undefined) context.skip(noOtherUser);
    const { program, port } = await otherUsersProgram();
    const { code, problem } = await startError({ port, ...options });
    expect(code).toBe('auth.untrusted-peer');
    expect(problem.detail).toContain(`nobody (${String(OTHER_USER)})`);
    expect(problem.detail).toContain(`pid ${String(program.pid)}`);
    expect(problem.detail).toMatch(/node/);
    const command = 'deskclaw config set trustUsers nobody --add && deskclaw stop && deskclaw start';
    expect(problem.actions).toContainEqual(expect.objectContaining({ command }));
    expect(program.connections).toBeGreaterThan(0);
    expect(program.heard).toBe('');
  });

  it('a token in the address itself is not sent to it either', async (context) => {
    if (noOtherUser !== undefined) context.skip(noOtherUser);
    const { program, port } = await otherUsersProgram();
    const url = `ws://127.0.0.1:${String(port)}/ws?token=${TOKEN}`;
    const manager = manage({ mode: 'attach', url });
    await expect(manager.start()).rejects.toMatchObject({ code: 'auth.untrusted-peer' });
    const report = await manager.checkHealth();
    expect(report.ok).toBe(false);
    expect(program.heard).toBe('');
  });

  it('a program that lets the connection wait in its backlog passes for nobody else', async (context) => {
    if (noOtherUser !== undefined) context.skip(noOtherUser);
    const { program, port } = await otherUsersProgram();
    program.stop();
    const { code, problem } = await startError({ mode: 'attach', port });
    expect(code).toBe('auth.untrusted-peer');
    expect(problem.detail).toContain('nobody');
    const disconnected = program.says('disconnected');
    program.continue();
    await disconnected;
    expect(program.heard).toBe('');
  });

  it('a program that takes the port while our gateway boots gets nothing, and ends the launch', async (context) => {
    if (noOtherUser !== undefined) context.skip(noOtherUser);
    const port = await freePort();
    const manager = manage({ port, auth: { token: TOKEN }, command: gatewayCommand('slow-boot=60000') });
    const spawned = new Promise((resolve) => manager.on('status', ({ pid }) => pid !== undefined && resolve(pid)));
    const start = manager.start().catch((error: unknown) => error);
    await spawned;
    const { program } = await otherUsersProgram({ port });
    expect(await start).toMatchObject({ code: 'auth.untrusted-peer' });
    expect(program.heard).toBe('');
  });

  it('an attached gateway that another user replaces gets nothing, and a return of the gateway is noticed', async (context) => {
    if (noOtherUser !== undefined) context.skip(noOtherUser);
    const port = await freePort();
    const gateway = await foreignGateway(port);
    const manager = manage({ mode: 'auto', port, reconnect: { baseDelayMs: 10, maxDelayMs: 20, maxAttempts: 10_000 } });
    await manager.start();
    await gateway.end();
    const { program } = await otherUsersProgram({ port });
    await expect.poll(() => manager.getStatus().problem?.code, { timeout: 10_000 }).toBe('auth.untrusted-peer');
    expect(program.heard).toBe('');
    await program.end();
    programs.splice(0);
    const again = await foreignGateway(port);
    try {
      manager.reconnectNow();
      await manager.waitFor('running', { timeoutMs: 20_000 });
    } finally {
      await again.end();
    }
  });

  it.for(['nobody', OTHER_USER, String(OTHER_USER)])(
    'trustUsers [%j] lets it receive the token',
    async (user, context) => {
      if (noOtherUser !== undefined) context.skip(noOtherUser);
      const { program, port } = await otherUsersProgram();
      const manager = manage({
        mode: 'attach',
        port,
        dialect: 'openclaw',
        auth: { token: TOKEN },
        trustUsers: [user],
      });
      const heard = program.says('heard');
      void manager.start().catch(() => undefined);
      await heard;
      expect(program.heard).toContain('GET /ws');
    },
  );
});
