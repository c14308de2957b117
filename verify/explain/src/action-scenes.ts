import { isObject, parseJson } from '@deskclaw/protocol';

/** The scenario of `npm run explain` in which an action of the catalogue is printed and its command typed: `code/action` -> name. */
export const actionScenes: Readonly<Record<string, string>> = {
  'auth.pairing-required/approve': '19 pairing required',
  'auth.pairing-required/reconnect': '19 pairing required',
  'auth.token-mismatch/reconnect': '16 wrong token',
  'auth.token-missing/set-token': '17 no token',
  'command.invalid/help': 'unknown command',
  'config.invalid/edit': '10 config.json not JSON',
  'config.invalid/fix': '12 config.json wrong type',
  'connection.lost/logs': 'gateway answers a call with more than is received',
  'connection.lost/reconnect': 'gateway answers a call with more than is received',
  'crash.loop/logs': '31 crash loop',
  'crash.loop/retry': '31 crash loop',
  'disk.full/free-space': '36 disk full',
  'disk.full/show-space': '36 disk full',
  'gateway.exited/any-port': 'port taken between the check and the bind',
  'gateway.exited/fix-config': '24 exits 78',
  'gateway.exited/logs': '23 exits 1 with stderr',
  'gateway.exited/retry': '23 exits 1 with stderr',
  'gateway.not-a-gateway/fix-command': '28 answers HTML',
  'gateway.not-a-gateway/logs': '28 answers HTML',
  'gateway.not-a-gateway/other-path': 'redirects to another path',
  'gateway.not-found/builtin': '03 command not found',
  'gateway.not-found/chmod': '04 command not executable',
  'gateway.not-found/install': '03 command not found',
  'gateway.not-found/interpreter': 'missing interpreter',
  'gateway.not-found/line-ends': 'script with CRLF line ends',
  'gateway.not-found/list-folder': '05 directory as command',
  'gateway.not-found/make-folder': 'working folder does not exist',
  'gateway.not-found/open-folder': 'working folder may not be entered',
  'gateway.not-found/replace': 'program of another machine',
  'gateway.not-running/reconnect': 'call --no-wait: while the gateway is being brought back',
  'gateway.not-running/start': '43d call: while nothing runs',
  'gateway.not-running/why': 'call --no-wait: while the gateway is being brought back',
  'gateway.start-timeout/fix-command': '27 never listens',
  'gateway.start-timeout/logs': '27 never listens',
  'gateway.start-timeout/wait-longer': '27 never listens',
  'gateway.unresponsive/continue': '32 SIGSTOP',
  'gateway.unresponsive/logs': 'gateway blocks its event loop',
  'gateway.unresponsive/retry': '32 SIGSTOP',
  'gateway.wrong-address/connect-there': 'listens on another port',
  'gateway.wrong-address/logs': 'listens on another port',
  'method.not-offered/methods': '43 call: no such method',
  'openclaw.not-installed/builtin': '01 OpenClaw not installed',
  'openclaw.not-installed/install-only': '01 OpenClaw not installed',
  'openclaw.not-installed/install-openclaw': '01 OpenClaw not installed',
  'openclaw.version-unknown/install-latest': '47 upgrade to a missing version',
  'openclaw.version-unknown/upgrade-latest': '47 upgrade to a missing version',
  'port.in-use/other-port': '06 port: plain HTTP server',
  'port.in-use/show-owner': '06 port: plain HTTP server',
  'protocol.mismatch/versions': '20b gateway is newer than the protocol',
  'request.timeout/longer': '43c call: no answer in time',
  'request.timeout/status': '43c call: no answer in time',
  'rpc.error/choose-model': '44d chat with OpenClaw: model server is down',
  'rpc.error/logs': '44d chat with OpenClaw: model server is down',
  'rpc.error/show-models': '44d chat with OpenClaw: model server is down',
  'runtime.node-too-old/install-managed': '02 Node too old',
  'state.foreign/other-folder': 'state folder of another user',
  'state.foreign/paths': 'state folder of another user',
  'state.foreign/show-owner': 'state folder of another user',
  'state.foreign/trust-owner': 'state folder of another user',
  'state.read-only/allow': '37 state read-only',
  'state.read-only/other-folder': '37 state read-only',
  'state.read-only/show-owner': '37 state read-only',
  'tls.untrusted/reconnect': 'attach: certificate expired',
  'tls.untrusted/show-certificate': '45c attach: certificate made by itself',
};

/** The actions that this list claims for a scenario. */
export function claimedActions(scenario: string): readonly string[] {
  return Object.entries(actionScenes).flatMap(([action, name]) => (name === scenario ? [action] : []));
}

interface Printed {
  readonly name: string;
  readonly actions: readonly string[];
}

/** Returns a sentence for each action that this list claims for a scenario and the scenario did not print. */
export function unprintedActions(results: readonly Printed[]): readonly string[] {
  return results.flatMap(({ name, actions }) =>
    claimedActions(name)
      .filter((action) => !actions.includes(action))
      .map((action) => `${name} does not print the action ${action}, which action-scenes.ts claims`),
  );
}

/** Actions whose commands a test types: file and title. */
export const executedByTests: Readonly<Record<string, string>> = {
  'gateway.orphaned/stop': 'apps/cli/test/commands/orphan.test.ts#stop ends an orphan that ignores SIGTERM',
  'gateway.orphaned/take-back': 'apps/cli/test/commands/orphan.test.ts#start without options adopts the orphan',
  'profile.in-use/stop':
    'apps/cli/test/commands/profile.test.ts#remove is refused while it runs, and the command it names makes it work',
};

/** Actions whose commands nothing types yet, each with the reason. */
export const notExecuted: Readonly<Record<string, string>> = {
  'aborted/start': 'no scenario yet',
  'aborted/status': 'no scenario yet',
  'auth.device-locked/paths':
    'needs a keyring; its states are tested in packages/host/test/host/device-keyring.test.ts',
  'auth.device-locked/reconnect':
    'needs a keyring; its states are tested in packages/host/test/host/device-keyring.test.ts',
  'auth.device-lost/reconnect':
    'needs a keyring; its states are tested in packages/host/test/host/device-keyring.test.ts',
  'auth.device-revoked/set-token':
    'needs a keyring; its states are tested in packages/host/test/host/device-keyring.test.ts',
  'auth.device-unusable/paths':
    'needs a keyring; its states are tested in packages/host/test/host/device-keyring.test.ts',
  'auth.device-unusable/reconnect':
    'needs a keyring; its states are tested in packages/host/test/host/device-keyring.test.ts',
  'auth.pairing-required/list': 'no scenario yet',
  'auth.untrusted-peer/other-port': 'needs a gateway of a second user; tested in packages/core/test',
  'auth.untrusted-peer/reconnect': 'needs a gateway of a second user; tested in packages/core/test',
  'auth.untrusted-peer/trust-unknown': 'needs a gateway of a second user; tested in packages/core/test',
  'auth.untrusted-peer/trust-user': 'needs a gateway of a second user; tested in packages/core/test',
  'channel.login-failed/logs':
    'needs a channel that fails; the commands themselves are tested in apps/cli/test/commands/channels.test.ts',
  'channel.login-failed/qr':
    'needs a channel that fails; the commands themselves are tested in apps/cli/test/commands/channels.test.ts',
  'channel.login-required/channels':
    'needs a channel that fails; the commands themselves are tested in apps/cli/test/commands/channels.test.ts',
  'channel.login-required/qr':
    'needs a channel that fails; the commands themselves are tested in apps/cli/test/commands/channels.test.ts',
  'channel.not-connected/connect':
    'needs a channel that fails; the commands themselves are tested in apps/cli/test/commands/channels.test.ts',
  'channel.not-connected/logs':
    'needs a channel that fails; the commands themselves are tested in apps/cli/test/commands/channels.test.ts',
  'channel.timeout/channels':
    'needs a channel that fails; the commands themselves are tested in apps/cli/test/commands/channels.test.ts',
  'channel.timeout/logs':
    'needs a channel that fails; the commands themselves are tested in apps/cli/test/commands/channels.test.ts',
  'channel.unknown/channels':
    'needs a channel that fails; the commands themselves are tested in apps/cli/test/commands/channels.test.ts',
  'connection.closed/reconnect': 'no scenario yet',
  'connection.closed/status': 'no scenario yet',
  'connection.exhausted/logs': 'no scenario yet',
  'connection.exhausted/reconnect': 'no scenario yet',
  'connection.hook-failed/reconnect': 'no scenario yet',
  'connection.refused/reconnect': 'no scenario yet',
  'connection.refused/settings': 'no scenario yet',
  'connection.timeout/logs': 'no scenario yet',
  'connection.timeout/reconnect': 'no scenario yet',
  'crash.loop/any-port':
    'a gateway that ends by its configuration or a taken port is not started again, so it makes no loop',
  'crash.loop/fix-config':
    'a gateway that ends by its configuration or a taken port is not started again, so it makes no loop',
  'dashboard.port-unavailable/any-port': 'no scenario yet',
  'dashboard.port-unavailable/show-owner': 'no scenario yet',
  'delivery.unconfirmed/history': 'no scenario yet',
  'delivery.unconfirmed/status': 'no scenario yet',
  'disk.full/paths': 'no scenario yet',
  'gateway.draining/force':
    'lasts for moments only; what a forced stop does is tested in packages/core/test/acceptance',
  'gateway.managed-elsewhere/status': 'needs a service manager of the system',
  'gateway.managed-elsewhere/take-over': 'needs a service manager of the system',
  'gateway.managed-elsewhere/use-manager': 'needs a service manager of the system',
  'gateway.migrating/force':
    'lasts for moments only; what a forced stop does is tested in packages/core/test/acceptance',
  'gateway.migrating/status':
    'lasts for moments only; what a forced stop does is tested in packages/core/test/acceptance',
  'gateway.not-owned/status': 'no scenario yet',
  'gateway.not-stopped/processes': 'no scenario yet',
  'gateway.not-stopped/stop': 'no scenario yet',
  'gateway.running-differently/status': 'no scenario yet',
  'gateway.running-differently/stop-start': 'no scenario yet',
  'host.unreachable/start': 'no scenario yet',
  'host.version-mismatch/restart-host': 'needs a host of another version',
  'host.version-mismatch/start': 'needs a host of another version',
  'host.version-mismatch/stop-host': 'needs a host of another version',
  'internal/logs': 'no scenario yet',
  'metrics.port-unavailable/any-port': 'no scenario yet',
  'metrics.port-unavailable/show-owner': 'no scenario yet',
  'openclaw.install-failed/install-again':
    'tested in apps/cli/test/commands/openclaw*.test.ts, without typing the printed command',
  'openclaw.install-failed/list-versions':
    'tested in apps/cli/test/commands/openclaw*.test.ts, without typing the printed command',
  'openclaw.needed/list-versions':
    'tested in apps/cli/test/commands/openclaw*.test.ts, without typing the printed command',
  'openclaw.needed/remove-needed':
    'tested in apps/cli/test/commands/openclaw*.test.ts, without typing the printed command',
  'openclaw.needed/stop': 'tested in apps/cli/test/commands/openclaw*.test.ts, without typing the printed command',
  'openclaw.no-previous/list-versions':
    'tested in apps/cli/test/commands/openclaw*.test.ts, without typing the printed command',
  'openclaw.upgrade-failed/list-versions':
    'tested in apps/cli/test/commands/openclaw*.test.ts, without typing the printed command',
  'openclaw.upgrade-failed/logs':
    'tested in apps/cli/test/commands/openclaw*.test.ts, without typing the printed command',
  'openclaw.version-missing/install-version':
    'tested in apps/cli/test/commands/openclaw*.test.ts, without typing the printed command',
  'openclaw.version-missing/list-versions':
    'tested in apps/cli/test/commands/openclaw*.test.ts, without typing the printed command',
  'profile.in-use/finish-upgrade': 'told by apps/cli/test/commands/profile.test.ts, without typing the printed command',
  'request.invalid/help': 'no scenario yet',
  'rpc.error/methods': 'no scenario yet',
  'runtime.npm-missing/builtin': 'no scenario yet',
  'state.locked/remove-lock': 'no scenario yet',
  'state.locked/status': 'no scenario yet',
  'state.read-only/paths': 'no scenario yet',
  'system.limit/raise-limit': 'no scenario yet',
  'system.limit/retry': 'no scenario yet',
  'tls.untrusted/other-port': 'no scenario yet',
};

/** The actions with a command of every problem in the JSON documents of a text, as `code/action`. */
export function actionsIn(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const documentValue = parseJson(line);
    return documentValue === undefined ? [] : actionsOf(documentValue);
  });
}

function actionsOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(actionsOf);
  if (!isObject(value)) return [];
  const { code, actions } = value;
  const own =
    typeof code === 'string' && Array.isArray(actions)
      ? actions.flatMap((action: unknown) =>
          isObject(action) && typeof action['id'] === 'string' && typeof action['command'] === 'string'
            ? [`${code}/${action['id'].replace(/^fix-\d+$/, 'fix')}`]
            : [],
        )
      : [];
  return [...own, ...Object.values(value).flatMap(actionsOf)];
}
