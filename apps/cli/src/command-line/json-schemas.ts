/** A JSON Schema. What a schema does not name is allowed: a document may get new keys without a new number. */
type Schema = Readonly<Record<string, unknown>>;

const text: Schema = { type: 'string' };
const number: Schema = { type: 'number' };
const count: Schema = { type: 'integer', minimum: 0 };
const flag: Schema = { type: 'boolean' };
const anything: Schema = {};
const time: Schema = { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$' };
const texts: Schema = { type: 'array', items: { type: 'string' } };

const list = (items: Schema): Schema => ({ type: 'array', items });
const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] });
const oneOf = (...values: readonly string[]): Schema => ({ enum: values });
const ref = (name: string): Schema => ({ $ref: `#/$defs/${name}` });

/** An object; a key that ends with `?` may be missing. */
function object(properties: Readonly<Record<string, Schema>>): Schema {
  const entries = Object.entries(properties);
  return {
    type: 'object',
    properties: Object.fromEntries(entries.map(([key, schema]) => [key.replace(/\?$/, ''), schema])),
    required: entries.map(([key]) => key).filter((key) => !key.endsWith('?')),
  };
}

const lifecycle = {
  outcome: oneOf('applied', 'joined', 'superseded'),
  generation: count,
  'pid?': count,
  'previousPid?': count,
  'repaired?': text,
} as const;

/** Parts that several documents have. */
const parts: Readonly<Record<string, Schema>> = {
  problem: object({
    code: text,
    title: text,
    detail: text,
    actions: list(object({ id: text, label: text, 'command?': text })),
    retryable: flag,
    at: time,
  }),
  gateway: object({
    state: oneOf('stopped', 'starting', 'running', 'reconnecting', 'stopping', 'error'),
    phase: text,
    since: time,
    ownership: oneOf('owned', 'attached', 'none'),
    health: oneOf('unknown', 'ok', 'busy', 'unresponsive', 'down'),
    generation: count,
    host: text,
    port: count,
    url: text,
    'pid?': count,
    'version?': text,
    'dialect?': text,
    'connectedAt?': time,
    'uptime?': number,
    reconnectAttempts: count,
    'nextRetryAt?': time,
    restarts: count,
    'lastExit?': object({ code: orNull(number), signal: orNull(text), at: time, cause: text }),
    'lastFailure?': object({ problem: ref('problem'), at: time, 'command?': text }),
    'latencyMs?': object({ last: number, p50: number, p95: number }),
    'problem?': ref('problem'),
  }),
  host: object({ pid: count, version: text, startedAt: time, kind: oneOf('background', 'foreground', 'desktop') }),
  row: object({
    type: oneOf('incident', 'action', 'note'),
    at: time,
    to: time,
    durationMs: number,
    title: text,
    details: texts,
  }),
  record: object({ at: time, category: text, what: text, 'cause?': text, 'durationMs?': number, 'data?': anything }),
  log: object({
    at: time,
    source: oneOf('gateway', 'supervisor'),
    'stream?': oneOf('stdout', 'stderr'),
    level: oneOf('debug', 'info', 'warn', 'error'),
    text,
  }),
  usage: object({ 'cpuMs?': number, 'rssBytes?': number }),
};

const documents: Readonly<Record<string, Schema>> = {
  alerts: object({ targets: list(object({ name: text, kind: text, destination: text })) }),
  'alerts-test': object({ results: list(object({ name: text, ok: flag, 'reason?': text })) }),
  call: object({ method: text, 'result?': anything }),
  channel: object({ channel: object({ id: text }) }),
  'channel-qr': object({ channelId: text, 'dataUrl?': text, 'text?': text, 'expiresAt?': time }),
  channels: object({ channels: list(object({ id: text })) }),
  chat: object({}),
  completion: object({ shell: text, script: text }),
  config: object({
    path: text,
    'profile?': orNull(text),
    'key?': text,
    'value?': anything,
    'previous?': anything,
    'changed?': flag,
    'takesEffect?': oneOf('now', 'gateway-start', 'host-start', 'next-start'),
    'overriddenBy?': text,
    'faults?': texts,
    'config?': { type: 'object' },
    'settings?': list(
      object({
        key: text,
        'value?': anything,
        from: oneOf('environment', 'profile', 'all-profiles', 'default'),
        type: text,
      }),
    ),
  }),
  'config-path': object({ path: text }),
  diagnose: object({
    path: orNull(text),
    bytes: count,
    entries: list(object({ name: text, bytes: count, about: text })),
  }),
  doctor: object({
    profile: text,
    checks: list(
      object({
        id: text,
        title: text,
        result: oneOf('ok', 'warning', 'fault'),
        why: text,
        next: list(object({ label: text, 'command?': text })),
        'code?': text,
      }),
    ),
    'fixes?': list(object({ what: text, undo: text })),
    'failed?': texts,
  }),
  event: object({ at: time, method: text, 'params?': anything }),
  'exit-codes': object({ exitCodes: list(object({ code: count, meaning: text })) }),
  health: object({
    ok: flag,
    'uptime?': number,
    'latencyMs?': number,
    'error?': text,
    evidence: list(object({ kind: text, ok: flag, at: time, 'detail?': text })),
  }),
  'help-topic': object({ name: text, about: text, text }),
  'help-topics': object({ topics: list(object({ name: text, about: text })) }),
  history: object({ rows: list(ref('row')), records: list(ref('record')) }),
  'history-export': object({ path: orNull(text), bytes: count, records: count, steps: count }),
  log: ref('log'),
  logs: object({ records: list(ref('log')), truncated: flag }),
  methods: object({ methods: texts, events: texts, source: oneOf('advertised', 'known') }),
  'openclaw-install': object({
    outcome: text,
    version: text,
    folder: text,
    bytes: count,
    node: anything,
    inUse: anything,
  }),
  'openclaw-list': object({ folder: text, versions: list({ type: 'object' }), nodes: { type: 'array' } }),
  'openclaw-remove': object({ version: text, freedBytes: count, nodes: texts, needed: texts }),
  'openclaw-rollback': object({ from: text, to: text, running: anything, 'aside?': text }),
  'openclaw-upgrade': object({ outcome: text, to: text }),
  'openclaw-use': object({ version: text, folder: text, running: anything, restartNeeded: flag }),
  paths: object({ profile: text, config: text, state: text, socket: text, deviceKey: { type: 'object' } }),
  'profile-add': object({ name: text, 'samePortAs?': text }),
  'profile-list': object({
    profiles: list(
      object({
        name: text,
        selected: flag,
        hasSettings: flag,
        hasState: flag,
        gateway: object({ state: text, 'pid?': count, 'url?': text }),
      }),
    ),
  }),
  'profile-remove': object({ name: text, removed: texts, wasSelected: flag }),
  'profile-use': object({ name: text, 'overriddenBy?': text }),
  recover: object({ taken: flag, gateway: ref('gateway') }),
  restart: object({ ...lifecycle, gateway: ref('gateway') }),
  start: object({ ...lifecycle, host: ref('host'), gateway: ref('gateway'), 'metrics?': text }),
  status: object({
    profile: text,
    host: orNull(ref('host')),
    gateway: ref('gateway'),
    'choice?': { type: 'object' },
    'interruptedUpgrade?': text,
  }),
  stop: object({ ...lifecycle, 'detachedFrom?': text }),
  'token-rotate': object({ outcome: oneOf('none', 'rotated', 'restarted'), 'pid?': count, 'previousPid?': count }),
  top: object({
    at: time,
    state: text,
    health: text,
    'uptimeMs?': number,
    'latencyMs?': number,
    restarts: count,
    incidents: count,
    'process?': ref('usage'),
    pending: count,
    requests: { type: 'object', additionalProperties: count },
    droppedReplies: { type: 'object', additionalProperties: count },
    invalidFrames: count,
    eventGaps: count,
    connections: count,
    roundTrips: object({ buckets: list(object({ leMs: number, count })), count, sumMs: number }),
    host: { allOf: [ref('usage'), object({ version: text, uptimeMs: number, clients: count })] },
    'cpuPercent?': number,
  }),
  ui: object({ url: text, port: count, 'movedFrom?': count }),
  'ui-revoke': object({ sessions: count }),
  version: object({ version: text, node: text, controlProtocol: count }),
  why: object({
    row: orNull(ref('row')),
    'advice?': list(object({ label: text, 'command?': text })),
  }),
};

/** Names of all documents: `status` of `deskclaw.status/1`. */
export const documentNames: readonly string[] = Object.keys(documents);

/** Returns the JSON Schema of every document that a command prints with `--json`, by its key `schema`, and of a failure on stderr. */
export function jsonSchemas(): Schema {
  const named = Object.entries(documents).map(([name, schema]) => ({
    allOf: [object({ schema: { const: `deskclaw.${name}/1` } }), schema],
  }));
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'JSON documents of deskclaw',
    anyOf: [...named, object({ error: ref('problem') })],
    $defs: parts,
  };
}

/** Returns the JSON Schema of one document. `undefined` for a name that is none. */
export function jsonSchemaOf(name: string): Schema | undefined {
  const schema = Object.hasOwn(documents, name) ? documents[name] : undefined;
  return schema === undefined
    ? undefined
    : { allOf: [object({ schema: { const: `deskclaw.${name}/1` } }), schema], $defs: parts };
}
