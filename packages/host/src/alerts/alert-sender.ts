import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { type Clock, type Environment, nodeClock, nodeProcessTable } from '@deskclaw/core';
import { delay, nodePrograms, nodeSpawner, resolveCommand } from '@deskclaw/core/internal';
import { runProgram } from '@deskclaw/openclaw';
import { cleanLine } from '@deskclaw/protocol';
import { expandHome, homeFolder } from '../profile/user-paths.ts';
import type { Alert } from './alert-policy.ts';
import { type AlertRequest, alertRequest, type TargetSecrets } from './alert-request.ts';
import type { AlertTarget } from './alert-settings.ts';
import type { AlertOrigin } from './alert-text.ts';

export type Delivery = { readonly ok: true } | { readonly ok: false; readonly reason: string };

export interface SenderDeps {
  readonly env: Environment;
  readonly clock: Clock;
  readonly origin: AlertOrigin;
  readonly learnSecret: (secret: string) => void;
}

const TIMEOUT_MS = 10_000;
/** Waits before further tries: a network that comes back with the machine needs a moment. */
const RETRY_AFTER_MS: readonly number[] = [2_000, 15_000, 60_000];
const MAX_REASON = 300;

export function targetName(target: AlertTarget): string {
  return target.name ?? target.kind;
}

function failed(reason: string): Delivery {
  return { ok: false, reason: cleanLine(reason).slice(0, MAX_REASON) };
}

function readSecret(path: string, { env, learnSecret }: SenderDeps): string {
  const secret = readFileSync(expandHome(path, homeFolder(env)), 'utf8').trim();
  if (secret === '') throw new Error(`${path} is empty`);
  learnSecret(secret);
  return secret;
}

/** @throws what the system says about a file that cannot be read */
function secretsOf(target: AlertTarget, deps: SenderDeps): TargetSecrets {
  const tokenFile = 'tokenFile' in target ? target.tokenFile : undefined;
  return {
    ...(tokenFile === undefined ? {} : { token: readSecret(tokenFile, deps) }),
    ...(target.kind === 'slack' ? { url: readSecret(target.urlFile, deps) } : {}),
  };
}

async function sendHttp({ url, headers, body }: AlertRequest & { kind: 'http' }): Promise<Delivery> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    // A redirect would take the token, or the text, to another address.
    const response = await fetch(url, { method: 'POST', headers: { ...headers }, body, signal, redirect: 'manual' });
    const answer = await response.text();
    return response.ok ? { ok: true } : failed(`HTTP ${String(response.status)} ${answer}`);
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return failed(cause instanceof Error ? cause.message : String(cause));
  }
}

async function runCommand(
  { command, env: more }: AlertRequest & { kind: 'program' },
  deps: SenderDeps,
): Promise<Delivery> {
  const env = Object.fromEntries(
    Object.entries({ ...deps.env, ...more }).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  const cwd = homeFolder(deps.env);
  const input = { argv: command, cwd, path: env['PATH'] ?? '', platform: process.platform };
  const program = await resolveCommand(input, nodePrograms);
  if (!program.ok)
    return failed(`the program ${command[0]} was not found (searched: ${program.facts.searched.join(', ')})`);
  const { file, args, verbatim } = program;
  const limits = { timeoutMs: TIMEOUT_MS, keepChars: MAX_REASON };
  const ports = { spawner: nodeSpawner, processes: nodeProcessTable, clock: deps.clock };
  const run = await runProgram({ file, args, verbatim, cwd, env }, limits, ports);
  switch (run.kind) {
    case 'ended':
      return run.code === 0
        ? { ok: true }
        : failed(`${command[0]} exited with code ${String(run.code)}. ${run.stderr}`.trim());
    case 'failed':
      return failed(run.message);
    case 'timed-out':
      return failed(`${command[0]} did not end within ${String(TIMEOUT_MS / 1_000)} s`);
    case 'aborted':
      return failed(`${command[0]} was ended`);
    default:
      return run satisfies never;
  }
}

/** Delivers an alert to one target, once. Never rejects. */
export async function deliverAlert(target: AlertTarget, alert: Alert, deps: SenderDeps): Promise<Delivery> {
  let request: AlertRequest;
  try {
    const secrets = secretsOf(target, deps);
    request = alertRequest(target, secrets, alert, deps.origin, process.platform, deps.clock.wallTime());
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error));
  }
  return request.kind === 'http' ? sendHttp(request) : runCommand(request, deps);
}

/** Delivers an alert to one target, and tries again where that fails. Never rejects. */
export async function deliverWithRetries(target: AlertTarget, alert: Alert, deps: SenderDeps): Promise<Delivery> {
  let result = await deliverAlert(target, alert, deps);
  for (const waitMs of RETRY_AFTER_MS) {
    if (result.ok) return result;
    await delay(deps.clock, waitMs);
    result = await deliverAlert(target, alert, deps);
  }
  return result;
}

/** Delivers a test alert for a profile to one target, once. Never rejects. */
export function sendTestAlert(
  target: AlertTarget,
  { name, env }: { readonly name: string; readonly env: Environment },
): Promise<Delivery> {
  const origin = { profile: name, machine: hostname() };
  return deliverAlert(target, { kind: 'test' }, { env, clock: nodeClock, origin, learnSecret: () => undefined });
}
