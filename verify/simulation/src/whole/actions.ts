import { GatewayError } from '@deskclaw/core';
import type { Action } from './plan.ts';
import type { World } from './world.ts';

const WHOLE_CORE = 1;

/** Does one thing to the manager or to the world around it. */
export async function act(world: World, action: Action): Promise<void> {
  const { clock, gateways, machine, network, port } = world;
  const { manager } = world.hosted;
  switch (action.do) {
    case 'pass':
      await clock.advance(action.ms);
      break;
    case 'request':
      world.requests.make(world.hosted, action);
      break;
    case 'start':
    case 'stop':
    case 'force-stop':
    case 'restart':
    case 'force-restart':
      world.call(action.do);
      break;
    case 'together':
      for (const call of action.requestNames) world.call(call);
      break;
    case 'upon': {
      const off = manager.on('transition', ({ to }) => {
        if (to !== action.state) return;
        off();
        world.call(action.call);
      });
      world.whenWell(off);
      break;
    }
    case 'prepare':
      world.planning = action;
      break;
    case 'reconnect-now':
      manager.reconnectNow();
      break;
    case 'check-health':
      checkHealth(world);
      break;
    case 'notify':
      tryNotify(world);
      break;
    case 'wait-for':
      world.waitFor(action);
      break;
    case 'exit': {
      // Without a gateway of ours, the squatter on the port ends.
      const pid = world.main?.pid ?? world.squatter;
      if (pid !== undefined) machine.end(pid, action.code, action.code === null ? 'SIGKILL' : null);
      break;
    }
    case 'print': {
      const text = `${action.text}${world.token}\n`;
      if (world.main !== undefined) machine.print(world.main.pid, 'stderr', text);
      break;
    }
    case 'squat':
      world.squat(action.as, action.ms);
      break;
    case 'reuse-pid':
      if (world.lastDead !== undefined && machine.isFree(world.lastDead)) machine.addForeign({ pid: world.lastDead });
      break;
    case 'disk':
      // Without a readable record, the orphans of an earlier host cannot be recognised as ours.
      if (!(action.fails && world.hasLeftover)) machine.disk = { delayMs: action.delayMs, fails: action.fails };
      break;
    case 'errno':
      // As for the disk: without its record an orphan is nobody's.
      if (!(action.site === 'open to read the record' && world.hasLeftover))
        world.errno.begin(action.site, action.code, action.times);
      break;
    case 'errno-ends':
      world.errno.end();
      break;
    case 'host-dies':
      world.replaceHost();
      break;
    case 'reset':
      network.resetAll();
      break;
    case 'lose-silently':
      gateways.peer(port)?.loseSilently();
      break;
    case 'ignore-close':
      gateways.peer(port)?.ignoreClose();
      break;
    case 'announce':
      gateways.announce(port, 'chat', { runId: 'r1', sessionKey: 'main', state: 'delta', message: { text: 'hello' } });
      break;
    case 'refuse-token':
      world.token = 'wrong';
      break;
    case 'accept-token':
      world.token = world.secret;
      break;
    case 'close':
      gateways.peer(port)?.close(action.code, '');
      break;
    case 'delays':
      network.conditions = { ...action, minDelayMs: action.minMs, maxDelayMs: action.maxMs, bytesPerMs: 1_000 };
      break;
    case 'behavior':
      gateways.behavior = action.behavior;
      break;
    case 'garbage':
      gateways.peer(port)?.send(action.text);
      break;
    case 'stand-still':
      world.sleep(action.ms, action.monotonic);
      break;
    case 'freeze':
    case 'thaw':
    case 'busy':
    case 'deaf':
    case 'hear':
    case 'lose-helpers':
    case 'restart-itself':
      afflict(world, action);
      break;
    default:
      action satisfies never;
  }
}

type Affliction = Extract<
  Action,
  { readonly do: 'freeze' | 'thaw' | 'busy' | 'deaf' | 'hear' | 'lose-helpers' | 'restart-itself' }
>;

/** Applies a fault to our main process that does not end it. */
function afflict(world: World, action: Affliction): void {
  const { gateways, machine, port } = world;
  const { pid } = world.main ?? {};
  if (pid === undefined) return;
  switch (action.do) {
    case 'freeze':
      machine.freeze(pid);
      gateways.freeze(pid);
      break;
    case 'thaw':
      machine.thaw(pid);
      machine.work(pid, 0);
      gateways.thaw(pid);
      break;
    case 'busy':
      machine.work(pid, WHOLE_CORE);
      gateways.freeze(pid);
      break;
    case 'deaf':
      if (machine.listener(port) === pid) machine.stopListening(port);
      break;
    case 'hear':
      machine.listen(pid, port);
      break;
    case 'lose-helpers':
      for (const each of machine.ours) if (each.name === 'helper') machine.end(each.pid, null, 'SIGKILL');
      break;
    case 'restart-itself':
      gateways.restartItself(pid, port, action.downMs, action.expectedMs);
      break;
    default:
      action satisfies never;
  }
}

function checkHealth(world: World): void {
  const { manager } = world.hosted;
  manager.checkHealth().then(
    ({ ok, evidence }) => {
      if (evidence.length < 2) world.fault('a health report without evidence');
      if (ok !== evidence.some(({ kind, ok: isOk }) => kind === 'rpc' && isOk)) world.fault('health without an RPC');
    },
    (error: unknown) => world.fault(`checkHealth() rejected: ${String(error)}`),
  );
}

function tryNotify(world: World): void {
  try {
    world.hosted.manager.notify('hello', { at: world.clock.now() });
  } catch (error) {
    if (!(error instanceof GatewayError)) world.fault(`notify() threw ${String(error)}`);
  }
}
