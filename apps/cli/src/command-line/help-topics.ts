/** A page of the help that is about no single command. Lines have at most 80 characters. */
export interface HelpTopic {
  readonly name: string;
  readonly about: string;
  readonly text: string;
}

const environment = `Variables that deskclaw reads. A flag wins over a variable, and a variable over
the settings file.

  DESKCLAW_HOME                 one folder for settings, state, cache, sockets
  DESKCLAW_PROFILE              the profile to use, as --profile
  DESKCLAW_GATEWAY              gateway to start: openclaw or builtin
  DESKCLAW_PORT                 port of the gateway
  DESKCLAW_OPENCLAW             the OpenClaw to run: a command, file or folder
  DESKCLAW_TOKEN_FILE           file that holds the token of the gateway
  DESKCLAW_DEVICE_KEYS          where the key of this device is: keyring or file
  DESKCLAW_TRUST_USERS          users whose gateway may get the token: a,b
  DESKCLAW_TRUST_UNKNOWN_PEERS  true: also where the system does not tell whose
                                gateway it is, as in some containers
  NO_COLOR, FORCE_COLOR         print without colours, or with them into a pipe
  LC_ALL, LC_CTYPE, LANG        a locale without UTF-8: only ASCII is printed
  XDG_CONFIG_HOME, XDG_STATE_HOME, XDG_CACHE_HOME, XDG_DATA_HOME,
  XDG_RUNTIME_DIR               where the files are (Linux); see: help files
  BROWSER                       browser that deskclaw ui opens

The gateway gets a short list of variables of the start, and those of the
setting env. A running host keeps the environment that it was started with.`;

const files = `Where deskclaw keeps its files. This prints the paths of a profile:
  deskclaw paths

On Linux, without DESKCLAW_HOME:
  ~/.config/deskclaw/config.json       settings of all profiles
  ~/.local/state/deskclaw/PROFILE/     state: journal, logs, tokens, device
  ~/.local/share/deskclaw/             installed versions of OpenClaw
  ~/.cache/deskclaw/                   downloads
  $XDG_RUNTIME_DIR/deskclaw/           control sockets

In the state folder of a profile:
  journal.ndjson         what happened; read it with: deskclaw history
  logs/                  what the gateway printed: deskclaw logs
  host.lock              which process owns the profile
  gateway.owner.json     which process is its gateway
  gateway.token          the token that DeskClaw made, if it did

Folders have mode 0700 and files 0600. DeskClaw changes files of OpenClaw
only in a repair, an upgrade or a recovery step, and keeps a copy of each:
deskclaw help recovery`;

const profiles = `A profile is one gateway with its own settings, state and logs. Without
another, everything is in the profile "default".

  deskclaw profile add work --port 18790     add one
  deskclaw start --profile work              run its gateway
  deskclaw profile list                      which there are, and their state
  deskclaw profile use work                  commands without --profile use it
  deskclaw profile remove work               remove it with its state and logs

Which profile a command uses: --profile, else DESKCLAW_PROFILE, else the one of
"profile use", else "default".

In the settings file, the part "profiles" holds what one profile sets; the rest
holds for all. "deskclaw config set" changes the profile's part, and with
--all-profiles the rest. Two gateways need two ports.`;

const security = `deskclaw works on this machine, for your user.

  The gateway runs with your rights. Other users cannot reach the control
  socket: its folder has mode 0700.
  The token of the gateway goes to gateways of your user and of root only. To
  trust another user: deskclaw config set trustUsers NAME --add
  The dashboard listens on 127.0.0.1. A link of "deskclaw ui" works once.
  To end all sessions: deskclaw ui --revoke
  To replace the token: deskclaw token rotate
  No flag takes a secret: DESKCLAW_TOKEN_FILE names a file, "config set KEY -"
  reads from standard input.
  Logs, journal, "diagnose" and all output have secrets removed.`;

const alerts = `Alerts reach you while the gateway is down and you look at no screen: by
desktop notification, webhook, ntfy, Slack, Telegram or a command of yours.

  deskclaw config set alerts.targets '[{"kind": "desktop"}]'
  deskclaw alerts list       where alerts go
  deskclaw alerts test       send one now

  alerts.afterMs       how long it must be down first; default 30 s
  alerts.maxPerHour    the others are told later, in one; default 12
  alerts.quietHours    {"from": "22:00", "to": "07:00"}: only what DeskClaw has
                       given up

A command gets DESKCLAW_ALERT_TITLE, DESKCLAW_ALERT_TEXT, DESKCLAW_ALERT_KIND
and, as JSON, DESKCLAW_ALERT. Keys of all targets: deskclaw config schema`;

const recovery = `What deskclaw does when the gateway does not stay up:

  It starts it again, each time after a longer wait. If that does not help, and
  the gateway is OpenClaw, it takes these steps, each once:

  configuration    put the last configuration that worked back
  channels         start without the channels
  version          undo an upgrade made a moment ago

  Then it stops, tells what it tried and sends an alert.

  deskclaw status                   what was done, or waits for you
  deskclaw why                      what happened, and the reason
  deskclaw recover                  take the step that waits for you
  deskclaw recover --channels-on    use the channels again

  To be asked before a step:    deskclaw config set recovery.version ask
  To never take it:             deskclaw config set recovery.version never

Your own start, stop or restart always takes effect. What a step replaces is
kept beside it.`;

const scripting = `For programs that run deskclaw:

  stdout is data, stderr is messages. The exit code tells the outcome:
  deskclaw help exit-codes
  --json prints one JSON document; streams (logs -f, events, status --watch,
  chat, top) print one on each line.
  Every document names its schema: {"schema": "deskclaw.status/1", ...}. A new
  key keeps the number, so ignore what you do not know. The schemas are in:
  deskclaw help schemas --json
  Times are ISO 8601 in UTC, durations milliseconds.
  A failure with --json prints {"error": {...}} on stderr: code, title, detail,
  actions with commands, retryable.
  --quiet prints only the result. Nothing asks where stdin is no terminal.

  deskclaw start --json && deskclaw call system.health --json
  deskclaw status --json | jq -r .gateway.state
  deskclaw status --watch --json | jq -c '[.gateway.state, .gateway.pid]'
  deskclaw start --foreground     as a service: one process, ends on SIGTERM`;

/** The topics of `help TOPIC` that are a text. */
export const helpTopics: readonly HelpTopic[] = [
  { name: 'environment', about: 'variables that deskclaw reads', text: environment },
  { name: 'files', about: 'where it keeps its files', text: files },
  { name: 'profiles', about: 'several gateways beside each other', text: profiles },
  { name: 'scripting', about: 'JSON, streams and exit codes for programs', text: scripting },
  { name: 'security', about: 'who can reach the gateway, where secrets are', text: security },
  { name: 'alerts', about: 'being told while the gateway is down', text: alerts },
  { name: 'recovery', about: 'what happens when the gateway does not stay up', text: recovery },
];

/** All topics by name, those included that are made of a table. */
export const topicList: readonly Omit<HelpTopic, 'text'>[] = [
  ...helpTopics.map(({ name, about }) => ({ name, about })),
  { name: 'exit-codes', about: 'what each exit code means' },
  { name: 'schemas', about: 'JSON Schema of the documents of --json' },
];
