import type { Http, HttpResponse } from '@deskclaw/core/internal';
import {
  portOf,
  ScriptedGateway,
  type SimulatedClock,
  type SimulatedNetwork,
  type SimulatedPeer,
  type SimulatedProcesses,
  SimulatedServer,
} from '@deskclaw/core/testing';
import type { PeerBehavior } from '../connection/plan.ts';
import { offered, scriptedBehavior } from '../peer-behavior.ts';
import type { Plan, Squatter } from './plan.ts';
import type { GatewayProgram } from './program.ts';

const TRY_AGAIN_LATER = 1013;
const SERVICE_RESTART = 1012;

interface Listener {
  readonly server: SimulatedServer;
  readonly gateway: ScriptedGateway;
  /** Time by the simulated clock until which the gateway answers that it is starting. */
  startingUntil: number;
  /** Number of the current or latest in-process restart. */
  restart: number;
}

export interface GatewaysDeps {
  readonly plan: Plan;
  readonly clock: SimulatedClock;
  readonly network: SimulatedNetwork;
  readonly machine: () => SimulatedProcesses;
  readonly token: string;
  /**
   * Called for each connection to a foreign process on the port. Returns a listener for the frames it receives, if any.
   */
  readonly eavesdropper: (pid: number) => ((text: string) => void) | undefined;
}

/** Wraps a connection so that `hears` also receives the texts that the peer receives. */
function tapped(peer: SimulatedPeer, hears: (text: string) => void): SimulatedPeer {
  const { onText } = peer;
  peer.onText = (listener) =>
    onText((text) => {
      hears(text);
      listener(text);
    });
  return peer;
}

/** The listeners on the machine's ports, by process: our gateways and squatters. */
export class Gateways {
  readonly #deps: GatewaysDeps;
  readonly #listeners = new Map<number, Listener>();
  behavior: PeerBehavior = 'polite';

  constructor(deps: GatewaysDeps) {
    this.#deps = deps;
    deps.network.route = (url) => this.#at(url)?.server;
  }

  began(pid: number, program: GatewayProgram): void {
    const listener = this.#add(pid, program.hangs === true ? 'unanswered' : 'open');
    listener.startingUntil = this.#deps.clock.now() + (program.startingMs ?? 0);
  }

  squat(pid: number, as: Squatter): void {
    const reachability = { http: 'not-websocket', mute: 'unanswered', gateway: 'open' } as const;
    this.#add(pid, reachability[as], () => this.#deps.eavesdropper(pid));
  }

  ended(pid: number): void {
    this.#listeners.get(pid)?.server.resetAll();
    this.#listeners.delete(pid);
  }

  freeze(pid: number): void {
    this.#listeners.get(pid)?.server.freeze();
  }

  thaw(pid: number): void {
    this.#listeners.get(pid)?.server.thaw();
  }

  /** Restarts a gateway in-process: it releases its port and connections, and listens again after `downMs`. */
  restartItself(pid: number, port: number, downMs: number, expectedMs: number | undefined): void {
    const { clock, machine, plan } = this.#deps;
    const listener = this.#listeners.get(pid);
    if (listener === undefined || machine().listener(port) !== pid) return;
    const name = plan.dialect === 'openclaw' ? 'shutdown' : 'gateway.status_changed';
    const expected = expectedMs === undefined ? {} : { restartExpectedMs: expectedMs };
    listener.gateway.announce(name, { reason: 'restart', state: 'restarting', ...expected });
    machine().stopListening(port);
    for (const peer of listener.gateway.peers) peer.close(SERVICE_RESTART, 'service restart');
    listener.restart += 1;
    const { restart } = listener;
    clock.happen(downMs, () => {
      if (this.#listeners.get(pid) === listener && listener.restart === restart) machine().listen(pid, port);
    });
  }

  /** Ends all faults of this gateway. */
  heal(pid: number): void {
    const listener = this.#listeners.get(pid);
    if (listener === undefined) return;
    listener.server.reachability = 'open';
    listener.startingUntil = 0;
    listener.server.thaw();
  }

  /** Returns the oldest open connection of the listener on a port. */
  peer(port: number): SimulatedPeer | undefined {
    return this.#gateway(port)?.peers[0];
  }

  announce(port: number, method: string, params: unknown): void {
    this.#gateway(port)?.announce(method, params);
  }

  /** HTTP as the manager asks for it. */
  readonly http: Http = {
    get: (url, timeoutMs) =>
      new Promise((resolve) => {
        const { clock, network } = this.#deps;
        const soon = network.delay();
        const tell = (afterMs: number, answer: HttpResponse | { readonly failure: string }) =>
          clock.happen(afterMs, () => resolve(answer));
        const listener = this.#at(url);
        if (listener === undefined) tell(soon, { failure: 'connect ECONNREFUSED' });
        else if (listener.server.isFrozen || listener.server.reachability === 'unanswered')
          tell(timeoutMs, { failure: 'no answer in time' });
        else tell(soon, this.#answer(listener));
      }),
  };

  #answer({ server, startingUntil }: Listener): HttpResponse {
    if (server.reachability === 'not-websocket') return { status: 200, contentType: 'text/html', body: '<html>' };
    if (startingUntil > this.#deps.clock.now())
      return { status: 503, contentType: 'application/json', body: '{"ok":false}' };
    return { status: 200, contentType: 'application/json', body: '{"ok":true,"uptime":1}' };
  }

  #gateway(port: number): ScriptedGateway | undefined {
    const pid = this.#deps.machine().listener(port);
    return pid === undefined ? undefined : this.#listeners.get(pid)?.gateway;
  }

  #at(url: string): Listener | undefined {
    const pid = this.#deps.machine().listener(portOf(url));
    return pid === undefined ? undefined : this.#listeners.get(pid);
  }

  #add(
    pid: number,
    reachability: SimulatedServer['reachability'],
    eavesdropper: () => ((text: string) => void) | undefined = () => undefined,
  ): Listener {
    const { clock, plan, token } = this.#deps;
    const server = new SimulatedServer();
    server.reachability = reachability;
    const listener: Listener = {
      server,
      gateway: new ScriptedGateway(
        {
          listen: (accept) =>
            server.listen((peer, url) => {
              const hears = eavesdropper();
              if (listener.startingUntil > clock.now()) peer.close(TRY_AGAIN_LATER, 'starting');
              else accept(hears === undefined ? peer : tapped(peer, hears), url);
            }),
        },
        {
          dialect: plan.dialect,
          token,
          methods: offered,
          script: scriptedBehavior(plan.dialect, clock, () => this.behavior),
        },
      ),
      startingUntil: 0,
      restart: 0,
    };
    this.#listeners.set(pid, listener);
    return listener;
  }
}
