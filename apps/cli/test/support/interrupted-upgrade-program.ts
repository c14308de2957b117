/** An upgrade or a rollback in a process that kills itself with SIGKILL where it is told to: a step written down, or just done. */
import { ControlClient, nodeClock } from '@deskclaw/core';
import {
  connectHostChannel,
  type GatewayControl,
  rollbackOpenClaw,
  UpgradeJournal,
  upgradeOpenClaw,
} from '@deskclaw/host';

const [kind, version, cutStep, cutWhen, whom] = process.argv.slice(2);
const profile = { name: 'default', env: process.env };

/** As a power cut does: the host and its gateway with us. */
async function killTheOthers(): Promise<void> {
  const pids = [(await client?.call('host.info'))?.pid, (await client?.call('gateway.status'))?.pid];
  for (const pid of pids) if (pid !== undefined) process.kill(pid, 'SIGKILL');
}

async function die(): Promise<void> {
  if (whom === 'all') await killTheOthers();
  process.kill(process.pid, 'SIGKILL');
  await new Promise(() => undefined);
}

let begun: string | undefined;
const { save, clear } = UpgradeJournal.prototype;
UpgradeJournal.prototype.save = async function (entry) {
  if (cutWhen === 'done' && begun === cutStep) await die();
  await save.call(this, entry);
  begun = entry.state.step;
  if (cutWhen === 'begun' && begun === cutStep) await die();
};
UpgradeJournal.prototype.clear = async function () {
  if (cutWhen === 'done' && begun === cutStep) await die();
  await clear.call(this);
};

const connection = await connectHostChannel({ profile: profile.name, env: profile.env });
const client = connection === undefined ? undefined : new ControlClient(connection.channel, { clock: nodeClock });
const program = async () => (await client?.call('host.info'))?.openclaw;
const gateway: GatewayControl = {
  runningProgram: async () => ((await client?.call('gateway.status'))?.pid === undefined ? undefined : program()),
  stop: async () => void (await client?.call('gateway.stop', {})),
  start: async () => {
    await client?.call('gateway.start', {});
    return program();
  },
};
await (kind === 'rollback'
  ? rollbackOpenClaw({ gateway, keepState: false }, profile)
  : upgradeOpenClaw({ version, gateway }, profile));
process.stdout.write('it was not cut off\n');
process.exit(1);
