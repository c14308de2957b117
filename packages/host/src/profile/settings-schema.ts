import { faultInHeaders, faultInProtocols, MOST_IN_FLIGHT } from '@deskclaw/core/internal';
import { dialectChoices } from '@deskclaw/protocol';
import * as z from 'zod/mini';
import { alertsSchema } from '../alerts/alert-settings.ts';
import { readSchema, type SchemaNode } from '../schema/expected-value.ts';
import { fitting, pathSchema } from '../schema/upgrade.ts';

const ms = () => z.number().check(z.int(), z.nonnegative());
/** Limits for which zero would make every attempt fail. */
const someMs = () => z.number().check(z.int(), z.minimum(1));
const consent = () => z.enum(['auto', 'ask', 'never']);
const count = () => z.number().check(z.int(), z.nonnegative());
export const portSchema = z.number().check(z.int(), z.minimum(0), z.maximum(65_535));

/** An optional setting with its description in the published schema. */
function setting<T extends z.ZodMiniType>(schema: T, description: string) {
  return z.exactOptional(schema.check(z.describe(description)));
}

const settings = {
  openclaw: setting(
    z.union([
      z.strictObject({
        path: z
          .string()
          .check(z.describe('The OpenClaw to run: a command, its entry file, or a folder that holds it.')),
      }),
      z.strictObject({ version: z.string().check(z.describe('The installed version of OpenClaw to run.')) }),
    ]),
    'OpenClaw to run: a path (a command, its entry file, a folder that holds it) or an installed version. Default: the one that is found.',
  ),
  gateway: setting(z.enum(['openclaw', 'builtin']), 'Gateway that a plain start runs. Default openclaw.'),
  repair: setting(
    z.boolean(),
    'Whether an OpenClaw of ours that refuses its configuration may repair it once with its own "doctor --fix", after a copy was made. Default true.',
  ),
  command: setting(
    z.array(z.string()).check(z.minLength(1)),
    'Program to run as the gateway, with its arguments; {port} and {host} are replaced, no shell is used.',
  ),
  cwd: setting(z.string(), 'Folder in which the gateway runs; an absolute path or ~/...'),
  env: setting(z.record(z.string(), z.string()), 'Variables for the gateway, beside the ones it gets in any case.'),
  mode: setting(
    z.enum(['auto', 'supervise', 'attach']),
    'Whether to attach to a gateway that already runs, or to run one. Default auto: attach if one answers, else run one.',
  ),
  host: setting(z.string(), 'Address on which the gateway listens. Default 127.0.0.1.'),
  port: setting(portSchema, 'Port on which the gateway listens; 0 chooses a free one. Default 18789.'),
  url: setting(z.url({ protocol: /^wss?$/ }), 'Address of a gateway that runs elsewhere, to attach to.'),
  path: setting(pathSchema, 'Path of the WebSocket on the gateway. Default /ws.'),
  healthPath: setting(pathSchema, 'Path of the health check on the gateway. Default /health.'),
  headers: setting(
    z.record(z.string(), z.string()).check(fitting(faultInHeaders)),
    'Headers of the WebSocket upgrade, for a gateway that logs in by them.',
  ),
  protocols: setting(
    z.array(z.string()).check(fitting(faultInProtocols)),
    'WebSocket subprotocols to offer, best first. Default: none.',
  ),
  ready: setting(
    z.union([
      z.enum(['auto', 'open']),
      z.strictObject({
        method: z
          .string()
          .check(z.minLength(1), z.describe('The method whose result proves that the gateway is ready.')),
        params: z.exactOptional(
          z
            .union([z.array(z.unknown()), z.record(z.string(), z.unknown())])
            .check(z.describe('The parameters of that method.')),
        ),
      }),
    ]),
    'What proves that a JSON-RPC gateway is ready: any answer to system.health (auto, the default), its open socket (open), or the result of a method.',
  ),
  dialect: setting(z.enum(dialectChoices), 'Protocol of the gateway. Default auto: what it says first decides.'),
  auth: setting(
    z.object({
      device: setting(
        z.enum(['never', 'when-asked', 'always']),
        'When to log in with a key of this device. Default: when-asked; always for a gateway on another machine.',
      ),
    }),
    'Login at the gateway.',
  ),
  deviceKeys: setting(
    z.enum(['keyring', 'file']),
    'Where the key of this device is kept: in the keyring of the system if there is one, or in its file in any case. Default: the keyring; the file where DESKCLAW_HOME keeps everything under one folder.',
  ),
  trustUsers: setting(
    z.array(z.union([z.string().check(z.minLength(1)), z.number().check(z.int(), z.nonnegative())])),
    'Other users of this machine, by name or number, whose gateway may receive the token and messages. Your own user and root always may.',
  ),
  trustUnknownPeers: setting(
    z.boolean(),
    'Whether a gateway on this machine may receive the token and messages if the system does not tell whose it is, as in a container. Default false.',
  ),
  alerts: setting(alertsSchema, 'Alerts that reach a person while the gateway is down.'),
  dashboard: setting(
    z.object({
      sessionIdleMs: setting(
        someMs(),
        'How long a session of the dashboard lasts while no page of it is open, ms. Default 12 hours.',
      ),
    }),
    'The dashboard in the browser.',
  ),
  metrics: setting(
    z.object({
      port: setting(
        portSchema,
        'Port on 127.0.0.1 where a host serves its metrics for Prometheus, at /metrics. Default: none.',
      ),
    }),
    'Metrics for Prometheus.',
  ),
  mcp: setting(
    z.object({
      allow: setting(
        z.array(z.enum(['start', 'stop', 'restart'])),
        'What an AI agent may do to the gateway through "deskclaw mcp". Default: nothing; it may read.',
      ),
    }),
    'The MCP server for AI agents.',
  ),
  reconnect: setting(
    z.object({
      baseDelayMs: setting(ms(), 'First wait before a new connection, ms; it doubles with each failure. Default 1000.'),
      maxDelayMs: setting(ms(), 'Longest wait before a new connection, ms. Default 30000.'),
      maxAttempts: setting(count(), 'Attempts before the connection is given up. Default 10.'),
      stableAfterMs: setting(
        ms(),
        'How long a connection must last before the count of attempts starts again, ms. Default 5000.',
      ),
    }),
    'Lost connections.',
  ),
  startup: setting(
    z.object({ timeoutMs: setting(ms(), 'How long the gateway may take to become ready, ms. Default 120000.') }),
    'Starts of the gateway.',
  ),
  request: setting(
    z.object({
      timeoutMs: setting(someMs(), 'How long a request may take, ms. Default 30000.'),
      maxInFlight: setting(
        z.number().check(z.int(), z.minimum(1), z.maximum(MOST_IN_FLIGHT)),
        'Requests that may wait for their answers at the same time. Default 1024.',
      ),
    }),
    'Requests to the gateway.',
  ),
  health: setting(
    z.object({
      intervalMs: setting(ms(), 'How often the gateway is checked, ms. Default 30000.'),
      unresponsiveAfterMs: setting(
        ms(),
        'After how much silence the gateway counts as unresponsive, ms. Default 180000.',
      ),
      http: setting(z.boolean(), 'Whether healthPath is asked too. Default true.'),
    }),
    'Health checks.',
  ),
  heartbeat: setting(
    z.object({
      intervalMs: setting(someMs(), 'How often the connection is probed while it is silent, ms. Default 5000.'),
      timeoutMs: setting(someMs(), 'How long an answer to such a probe may take, ms. Default 4000.'),
    }),
    'Life signs of the connection.',
  ),
  stop: setting(
    z.object({
      drainMs: setting(ms(), 'How long a stop waits for running work, ms. Default 0; more for OpenClaw.'),
      graceMs: setting(ms(), 'How long the gateway may take to exit by itself before it is killed, ms. Default 5000.'),
    }),
    'Stops of the gateway.',
  ),
  crash: setting(
    z.object({
      maxCrashes: setting(count(), 'Crashes within windowMs after which the gateway is not started again. Default 5.'),
      windowMs: setting(ms(), 'Period in which crashes are counted, ms. Default 300000.'),
      stableAfterMs: setting(ms(), 'After how long a run the crashes before it are forgotten, ms. Default 60000.'),
    }),
    'Crashes of the gateway.',
  ),
  recovery: setting(
    z.object({
      configuration: setting(
        consent(),
        'Whether the last configuration that worked is put back. Default auto: by itself; ask: after "deskclaw recover".',
      ),
      channels: setting(
        consent(),
        'Whether an OpenClaw that does not stay up is started without its channels. Default auto.',
      ),
      version: setting(
        consent(),
        'Whether an upgrade on trial is undone, with the state as it was before the upgrade. Default auto.',
      ),
      stableMs: setting(
        someMs(),
        'How long the gateway must stay up until its configuration counts as one that works, ms. Default 60000.',
      ),
      versionTrialMs: setting(someMs(), 'How long a new version must stay up until it is kept, ms. Default 300000.'),
    }),
    'What DeskClaw does, step by step, where restarts do not help an OpenClaw.',
  ),
};
export const settingsSchema = z.object(settings);
export const fileSchema = z.object({
  ...settings,
  $schema: z.exactOptional(z.string()),
  profiles: z.exactOptional(z.record(z.string(), settingsSchema)),
});

/** Settings of a profile. All are optional; durations are in ms. */
export type Settings = z.infer<typeof settingsSchema>;
export type SettingsFile = z.infer<typeof fileSchema>;

/** The JSON Schema of the configuration file. */
export function configJsonSchema(): unknown {
  return z.toJSONSchema(fileSchema);
}

let node: SchemaNode | undefined;

/** The part of the JSON Schema that describes the settings of one profile. */
export function settingsNode(): SchemaNode {
  node ??= readSchema(z.toJSONSchema(settingsSchema));
  return node;
}
