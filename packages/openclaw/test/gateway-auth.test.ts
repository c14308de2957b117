import { describe, expect, test } from 'vitest';
import type { Config, ConfigRead } from '../src/config-file.ts';
import { type AuthResult, type GatewayAuth, type NamedSecret, resolveAuth } from '../src/gateway-auth.ts';
import { resolvePort } from '../src/gateway-port.ts';
import type { SystemInfo } from '../src/system-info.ts';
import { gatewayVariables, type Lookup } from '../src/variables.ts';
import { memoryFiles } from './memory-files.ts';

const configPath = '/s/openclaw.json';
const own: NamedSecret = { value: 'made', source: '/p/gateway.token' };

function variables(config: Config | undefined, env: SystemInfo['env'], dotenv?: string): Promise<Lookup> {
  const read: ConfigRead = config === undefined ? { kind: 'absent' } : { kind: 'read', config };
  const files = memoryFiles(dotenv === undefined ? {} : { '/s/.env': dotenv });
  return gatewayVariables('/s', read, configPath, { platform: 'linux', home: '/home/u', env }, files);
}

async function login(
  auth: Config | undefined,
  env: SystemInfo['env'] = {},
  rest: { readonly userSecret?: NamedSecret; readonly dotenv?: string; readonly config?: Config } = {},
): Promise<AuthResult> {
  const config = rest.config ?? (auth === undefined ? undefined : { gateway: { mode: 'local', auth } });
  const look = await variables(config, env, rest.dotenv);
  return resolveAuth({
    config,
    configPath,
    lookup: look,
    createToken: () => own,
    at: 5,
    ...(rest.userSecret && { userSecret: rest.userSecret }),
  });
}

describe('how to log in', () => {
  const fromConfig = (token: string): GatewayAuth => ({
    kind: 'token',
    token,
    source: `${configPath}: gateway.auth.token`,
  });
  const fromEnv = (token: string, name = 'OPENCLAW_GATEWAY_TOKEN'): GatewayAuth => ({
    kind: 'token',
    token,
    source: name,
  });

  test.each<[string, Config | undefined, SystemInfo['env'], GatewayAuth]>([
    ['the configuration’s token', { mode: 'token', token: 'cfg' }, {}, fromConfig('cfg')],
    [
      'it wins over the environment, as for the gateway',
      { token: 'cfg' },
      { OPENCLAW_GATEWAY_TOKEN: 'env' },
      fromConfig('cfg'),
    ],
    ['the environment’s token', undefined, { OPENCLAW_GATEWAY_TOKEN: 'env' }, fromEnv('env')],
    ['an empty token is none', { token: ' ' }, { OPENCLAW_GATEWAY_TOKEN: 'env' }, fromEnv('env')],
    [
      'one of our own where there is none',
      { mode: 'token' },
      {},
      { kind: 'token', token: 'made', source: '/p/gateway.token' },
    ],
    ['… also without any configuration', undefined, {}, { kind: 'token', token: 'made', source: '/p/gateway.token' }],
    ['a variable in braces', { token: `\${MY_TOKEN}` }, { MY_TOKEN: 'x' }, fromEnv('x', 'MY_TOKEN')],
    ['a variable in braces within text', { token: `a-\${MY_TOKEN}-b` }, { MY_TOKEN: 'x' }, fromConfig('a-x-b')],
    ['a variable without braces', { token: '$MY_TOKEN' }, { MY_TOKEN: 'x' }, fromEnv('x', 'MY_TOKEN')],
    ['a dollar that is not meant', { token: `a$\${NOT}b` }, {}, fromConfig(`a\${NOT}b`)],
    [
      'a reference to a variable',
      { token: { source: 'env', provider: 'default', id: 'MY_TOKEN' } },
      { MY_TOKEN: 'x' },
      fromEnv('x', 'MY_TOKEN'),
    ],
    [
      'a password',
      { mode: 'password', password: 'pw' },
      {},
      { kind: 'password', password: 'pw', source: `${configPath}: gateway.auth.password` },
    ],
    [
      'a password without a mode',
      { password: 'pw' },
      {},
      { kind: 'password', password: 'pw', source: `${configPath}: gateway.auth.password` },
    ],
    [
      'a password of the environment',
      { mode: 'password' },
      { OPENCLAW_GATEWAY_PASSWORD: 'pw' },
      { kind: 'password', password: 'pw', source: 'OPENCLAW_GATEWAY_PASSWORD' },
    ],
    [
      'behind a proxy, the password for local callers',
      { mode: 'trusted-proxy', password: 'pw' },
      {},
      { kind: 'password', password: 'pw', source: `${configPath}: gateway.auth.password` },
    ],
    [
      'mode token beats a password that is also there',
      { mode: 'token', token: 't', password: 'pw' },
      {},
      fromConfig('t'),
    ],
    ['none at all', { mode: 'none', token: 't' }, {}, { kind: 'none', source: `${configPath}: gateway.auth.mode` }],
  ])('resolveAuth finds the login: %s', async (_name, auth, env, expected) => {
    expect(await login(auth, env)).toEqual({ ok: true, auth: expected });
  });

  test('the token of a remote gateway is used where nothing nearer is set', async () => {
    const config = { gateway: { mode: 'local', remote: { token: 'far' } } };
    expect(await login(undefined, {}, { config })).toEqual({
      ok: true,
      auth: { kind: 'token', token: 'far', source: `${configPath}: gateway.remote.token` },
    });
  });

  test('a secret that the user names takes precedence', async () => {
    const userSecret = { value: 'mine', source: '/run/token' };
    expect(await login({ token: 'cfg' }, {}, { userSecret })).toEqual({
      ok: true,
      auth: { kind: 'token', token: 'mine', source: '/run/token' },
    });
    expect(await login({ mode: 'password' }, {}, { userSecret })).toEqual({
      ok: true,
      auth: { kind: 'password', password: 'mine', source: '/run/token' },
    });
  });

  test('a file of variables in the state folder, after the environment', async () => {
    const dotenv = '# mine\nexport OPENCLAW_GATEWAY_TOKEN="from file"\n';
    expect(await login(undefined, {}, { dotenv })).toMatchObject({
      auth: { token: 'from file', source: '/s/.env: OPENCLAW_GATEWAY_TOKEN' },
    });
    expect(await login(undefined, { OPENCLAW_GATEWAY_TOKEN: 'env' }, { dotenv })).toMatchObject({
      auth: { token: 'env' },
    });
  });

  test('variables that the configuration itself sets', async () => {
    const config = { gateway: { mode: 'local', auth: { token: `\${CLAW}` } }, env: { vars: { CLAW: 'inner' } } };
    expect(await login(undefined, {}, { config })).toMatchObject({
      auth: { token: 'inner', source: `${configPath}: env.vars.CLAW` },
    });
  });

  test.each<[string, Config, RegExp]>([
    [
      'a reference only OpenClaw can follow',
      { token: { source: 'exec', provider: 'vault', id: 'x' } },
      /gateway\.auth\.token.*secret reference \(exec\)/,
    ],
    ['a variable that is not set', { token: `\${MISSING}` }, /variable MISSING, which is not set/],
    ['a password that is not set', { mode: 'password' }, /"password", but no gateway\.auth\.password/],
    [
      'a proxy that lets no local caller in',
      { mode: 'trusted-proxy' },
      /"trusted-proxy", but no gateway\.auth\.password/,
    ],
    [
      'a password only OpenClaw can read',
      { mode: 'password', password: { source: 'file', id: '/x' } },
      /secret reference \(file\)/,
    ],
  ])('the problem names %s and its place', async (_name, auth, words) => {
    const result = await login(auth);
    expect(result).toMatchObject({ ok: false, problem: { code: 'auth.token-missing', at: 5 } });
    if (!result.ok) expect(result.problem.detail).toMatch(words);
  });

  test('an unreadable reference is not passed over for a weaker source', async () => {
    const auth = { token: { source: 'store', id: 'x' } };
    expect(await login(auth, { OPENCLAW_GATEWAY_TOKEN: 'env' })).toMatchObject({ ok: false });
  });
});

describe('which port', () => {
  const config = { gateway: { port: 19_001 } };
  test.each<[string, number | undefined, Config | undefined, SystemInfo['env'], string | undefined, number, string]>([
    ['the flag', 7, config, { OPENCLAW_GATEWAY_PORT: '5' }, 'work', 7, 'flag'],
    ['the environment', undefined, config, { OPENCLAW_GATEWAY_PORT: '5' }, undefined, 5, 'OPENCLAW_GATEWAY_PORT'],
    [
      '… with a host before it',
      undefined,
      config,
      { OPENCLAW_GATEWAY_PORT: '127.0.0.1:55' },
      undefined,
      55,
      'OPENCLAW_GATEWAY_PORT',
    ],
    [
      '… with an IPv6 host',
      undefined,
      config,
      { OPENCLAW_GATEWAY_PORT: '[::1]:55' },
      undefined,
      55,
      'OPENCLAW_GATEWAY_PORT',
    ],
    [
      'nonsense in the environment is passed over',
      undefined,
      config,
      { OPENCLAW_GATEWAY_PORT: 'a:b:3' },
      undefined,
      19_001,
      '/s/openclaw.json: gateway.port',
    ],
    ['the configuration', undefined, config, {}, undefined, 19_001, '/s/openclaw.json: gateway.port'],
    ['a port that is none is passed over', undefined, { gateway: { port: 70_000 } }, {}, undefined, 18_789, 'default'],
    ['a named profile’s own', undefined, undefined, {}, 'work', 41_984, 'OPENCLAW_PROFILE'],
    ['the default', undefined, undefined, {}, undefined, 18_789, 'default'],
  ])('resolvePort decides on the port: %s', async (_name, named, conf, env, profile, port, source) => {
    const look = await variables(conf, env);
    expect(resolvePort(named, conf, configPath, profile, look)).toEqual({ port, source });
  });
});
