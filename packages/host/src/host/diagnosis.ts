import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { nodeClock } from '@deskclaw/core';
import { Redactor, secretsOfCommand, secretsOfEnvironment, secretsOfUrl } from '@deskclaw/core/internal';
import { type DoctorReport, isObject, parseJson } from '@deskclaw/protocol';
import { loadConfig } from '../profile/config.ts';
import { maskSettings } from '../profile/mask-settings.ts';
import { type Paths, resolvePaths } from '../profile/paths.ts';
import { tokenFromEnvironment } from '../profile/secrets.ts';
import { withoutComments } from '../schema/json-edit.ts';
import type { DoctorInput } from './gather-doctor-facts.ts';
import { runDoctor } from './run-doctor.ts';

/** One file of a diagnosis, redacted. */
export interface DiagnosisEntry {
  readonly name: string;
  /** What it holds, for people. */
  readonly about: string;
  readonly text: string;
}

export interface DiagnosisInput extends DoctorInput {
  /** Version of DeskClaw. */
  readonly version: string;
  /** The status as a host tells it, or as it is known without one. */
  readonly status: unknown;
}

/** The newest part of a log or journal. */
const MAX_FILE_CHARS = 1024 * 1024;
const secretName = /key|token|secret|pass|auth|cred|cookie|private/i;

function readIf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function tail(text: string): string {
  if (text.length <= MAX_FILE_CHARS) return text;
  const cut = text.slice(-MAX_FILE_CHARS);
  return cut.slice(cut.indexOf('\n') + 1);
}

/** Every text in a value of JSON. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return isObject(value) ? Object.values(value).flatMap(textsIn) : [];
}

/** Texts of settings that may be secrets, also of a file with faults. */
function secretsOfSettings(text: string): readonly string[] {
  const raw = parseJson(withoutComments(text));
  if (!isObject(raw)) return [];
  const profiles = isObject(raw['profiles']) ? Object.values(raw['profiles']) : [];
  return [raw, ...profiles].flatMap((part) => {
    if (!isObject(part)) return [];
    const addresses = [part['url'], part['path'], part['healthPath']].flatMap(textsIn).flatMap(secretsOfUrl);
    return [
      ...textsIn(part['env']),
      ...textsIn(part['headers']),
      ...secretsOfCommand(textsIn(part['command'])),
      ...addresses,
    ];
  });
}

/** Creates a redactor that knows every secret of a profile which DeskClaw can know of without a host. */
export function profileRedactor({ name, env }: DoctorInput): Redactor {
  const paths = resolvePaths({ name, env });
  const redactor = new Redactor();
  const named = Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value !== undefined && secretName.test(name) ? [[name, value]] : [],
    ),
  );
  const secrets = [
    readIf(paths.token)?.trim() ?? '',
    tokenOf(env),
    ...secretsOfEnvironment(named),
    ...secretsOfSettings(readIf(paths.config) ?? ''),
    ...textsIn(parseJson(readIf(paths.device) ?? '')),
    ...textsIn(parseJson(readIf(paths.dashboard) ?? '')),
  ];
  for (const secret of secrets) redactor.learn(secret);
  return redactor;
}

function tokenOf(env: DiagnosisInput['env']): string {
  try {
    return tokenFromEnvironment(env)?.value ?? '';
  } catch {
    return '';
  }
}

function settingsText(paths: Paths, { name, env }: DiagnosisInput): string {
  try {
    const { settings, warnings } = loadConfig(paths.config, name, env);
    return json({ path: paths.config, settings: maskSettings(settings), warnings });
  } catch (error) {
    return json({ path: paths.config, fault: error instanceof Error ? error.message : String(error) });
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

function describeMachine({ version, env }: DiagnosisInput, paths: Paths): unknown {
  return {
    deskclaw: version,
    node: process.versions.node,
    platform: process.platform,
    release: release(),
    arch: process.arch,
    // The names only: values of variables are nobody's business.
    variables: Object.keys(env)
      .filter((key) => /^(DESKCLAW|OPENCLAW|XDG|NODE)_|PROXY$/i.test(key))
      .sort(),
    paths,
  };
}

function summarize(input: DiagnosisInput, { checks }: DoctorReport, at: string): string {
  const marks = { ok: 'ok     ', warning: 'WARNING', fault: 'FAULT  ' } as const;
  const lines = checks.flatMap(({ result, title, why, next }) => [
    `${marks[result]} ${title}: ${why}`,
    ...next.flatMap(({ label, command }) => (command === undefined ? [] : [`        ${label}: ${command}`])),
  ]);
  return [
    `DeskClaw ${input.version}, profile "${input.name}", ${at}`,
    `Node ${process.versions.node} on ${process.platform} ${release()} (${process.arch})`,
    '',
    ...lines,
    '',
  ].join('\n');
}

/**
 * Collects what helps to find the cause of a failure; needs no host and no valid settings. Every text passes the one redactor, and no
 * file that exists to hold a secret is read for its content.
 */
export async function collectDiagnosis(input: DiagnosisInput): Promise<readonly DiagnosisEntry[]> {
  const paths = resolvePaths(input);
  const redactor = profileRedactor(input);
  const entries: DiagnosisEntry[] = [];
  const add = (name: string, about: string, text: string | undefined): void => {
    if (text === undefined) return;
    entries.push({
      name,
      about,
      text: text
        .split('\n')
        .map((line) => redactor.line(line))
        .join('\n'),
    });
  };
  const at = new Date(nodeClock.wallTime()).toISOString();
  const doctor = await runDoctor(input);
  const log = readIf(join(paths.logs, 'gateway.log'));
  const journal = readIf(paths.journal);
  add('summary.txt', 'versions and what doctor found, to read first', summarize(input, doctor, at));
  add('doctor.json', 'the report of doctor', json(doctor));
  add('status.json', 'the status', json(input.status));
  add('settings.json', 'the settings in force, secret values masked', settingsText(paths, input));
  add('machine.json', 'versions, system and paths; names of variables, no values', json(describeMachine(input, paths)));
  add('last-failure.json', 'the last failed start', readIf(paths.lastFailure));
  add('history.ndjson', 'starts, exits, drops and reconnects', journal === undefined ? undefined : tail(journal));
  add('gateway.log', 'the newest lines of gateway and supervisor', log === undefined ? undefined : tail(log));
  const list = entries.map(({ name, about, text }) => ({ name, about, bytes: Buffer.byteLength(text) }));
  const manifest = { schema: 'deskclaw.diagnose/1', at, version: input.version, profile: input.name, entries: list };
  return [{ name: 'manifest.json', about: 'what is in here', text: json(manifest) }, ...entries];
}
