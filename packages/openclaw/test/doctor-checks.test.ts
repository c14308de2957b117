import { describeProblem } from '@deskclaw/protocol';
import { expect, it } from 'vitest';
import { checkOpenClaw, type OpenClawFacts } from '../src/doctor-checks.ts';

const plan: OpenClawFacts['plan'] = {
  version: '2026.9.6',
  packageRoot: '/oc',
  node: { file: '/n/node', version: '24.21.0' },
  configPath: '/h/openclaw.json',
  stateDir: '/h',
  configured: true,
  port: 18_789,
  portSource: 'default',
  auth: { kind: 'token', source: '/h/openclaw.json: gateway.auth.token' },
};
const healthy: OpenClawFacts = {
  plan,
  problem: undefined,
  configPath: '/h/openclaw.json',
  mode: 'local',
  isConfigured: true,
  model: 'openai/gpt-5',
  services: [],
  newestInstalled: undefined,
  ownToken: '/s/gateway.token',
};
const missing = describeProblem('openclaw.not-installed', { searched: ['/bin'] }, 0);
const noToken = describeProblem('auth.token-missing', { detail: 'It is in a secret store.' }, 0);
const unit = {
  file: '/u/openclaw-gateway.service',
  isEnabled: true,
  disable: 'systemctl --user disable --now openclaw-gateway.service',
};

it.each<[string, Partial<OpenClawFacts>, string, string, string | undefined]>([
  ['openclaw', {}, 'ok', 'OpenClaw 2026.9.6', undefined],
  ['openclaw', { newestInstalled: '2026.10.1' }, 'ok', '2026.10.1', undefined],
  ['openclaw', { plan: undefined, problem: missing }, 'fault', 'not installed', undefined],
  [
    'openclaw.mode',
    { mode: undefined },
    'fault',
    'refuses to start',
    '/n/node /oc/openclaw.mjs config set gateway.mode local',
  ],
  ['openclaw.mode', { mode: 'remote', plan: undefined }, 'fault', '"remote"', 'openclaw config set gateway.mode local'],
  ['openclaw.mode', { mode: undefined, isConfigured: false }, 'ok', 'defaults', undefined],
  ['openclaw.token', {}, 'ok', 'gateway.auth.token', undefined],
  [
    'openclaw.token',
    { plan: { ...plan, auth: { kind: 'token', source: '/s/gateway.token' } } },
    'ok',
    'DeskClaw made',
    undefined,
  ],
  ['openclaw.token', { plan: { ...plan, auth: { kind: 'none', source: 'x' } } }, 'warning', 'every program', undefined],
  ['openclaw.token', { plan: undefined, problem: noToken }, 'fault', 'secret store', undefined],
  ['openclaw.model', { model: undefined }, 'warning', 'no model', '/n/node /oc/openclaw.mjs configure --section model'],
  ['openclaw.model', { model: undefined, plan: undefined, isConfigured: false }, 'ok', 'set up', undefined],
  ['openclaw.service', { services: [unit] }, 'warning', '/u/openclaw-gateway.service', unit.disable],
  ['openclaw.service', { services: [{ ...unit, isEnabled: false }] }, 'ok', 'No service', undefined],
])('check %s of %j has a reason and a next step', (id, facts, result, why, command) => {
  const found = checkOpenClaw({ ...healthy, ...facts }).find((check) => check.id === id);
  expect(found).toMatchObject({ result, why: expect.stringContaining(why) });
  if (command !== undefined) expect(found?.next.map((step) => step.command)).toContain(command);
});
