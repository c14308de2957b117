import { isObject, isOpenClawRequest, type OpenClawError, type OpenClawRequest, parseJson } from '@deskclaw/protocol';
import { RpcFault } from '../errors.ts';
import type { Cancel } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Announcement, FrameSocket, Session, ShutdownNotice } from '../server/session.ts';
import type { ConnectedClient, ConnectedClients } from './connected-clients.ts';
import { OpenClawFault, toOpenClawError } from './errors.ts';
import { type CompletedHandshake, Handshake } from './handshake.ts';
import { writeHello } from './hello.ts';
import { isOpenClawMethod, missingScope } from './method-names.ts';
import type { OpenClawHandlers } from './methods/method.ts';

export interface OpenClawSessionPorts {
  readonly socket: FrameSocket;
  readonly clients: ConnectedClients;
  readonly handlers: OpenClawHandlers;
  readonly log: Log;
  readonly uptimeMs: () => number;
  readonly stateDirectory: string | undefined;
}

type Phase =
  | { readonly kind: 'handshake'; readonly handshake: Handshake }
  | { readonly kind: 'ready'; readonly scopes: readonly string[]; readonly cancelTick: Cancel }
  | { readonly kind: 'closed' };

/** Server side of one OpenClaw connection: the handshake, then requests and numbered events. */
export class OpenClawSession implements Session, ConnectedClient {
  readonly #ports: OpenClawSessionPorts;
  #phase: Phase;
  #seq = 0;

  constructor(ports: OpenClawSessionPorts) {
    this.#ports = ports;
    const handshake = new Handshake(ports.socket, ports.clients, (completed) => this.#begin(completed));
    this.#phase = { kind: 'handshake', handshake };
  }

  get connectionId(): string {
    return this.#ports.socket.id;
  }

  receive(text: string): void {
    switch (this.#phase.kind) {
      case 'handshake':
        this.#phase.handshake.receive(text);
        break;
      case 'ready':
        this.#receiveRequest(text, this.#phase.scopes);
        break;
      case 'closed':
        break;
      default:
        this.#phase satisfies never;
    }
  }

  receiveBinary(): void {
    if (this.#phase.kind === 'handshake') this.#phase.handshake.receiveBinary();
  }

  announce(announcement: Announcement): void {
    if (this.#phase.kind !== 'ready') return;
    switch (announcement.kind) {
      case 'shutdown': {
        const { reason, restartExpectedMs } = announcement;
        const expected = restartExpectedMs === undefined ? {} : { restartExpectedMs };
        this.event('shutdown', { reason: `gateway ${reason}`, ...expected });
        break;
      }
      case 'run':
        for (const { event, payload } of this.#ports.clients.framesFor(announcement.event)) this.event(event, payload);
        break;
      case 'channel':
        // OpenClaw reports channels in its health event, which `ConnectedClients` broadcasts.
        break;
      default:
        announcement satisfies never;
    }
  }

  event(event: string, payload: unknown, stateVersion?: object): void {
    const { clients, socket } = this.#ports;
    this.#seq += 1;
    const seq = clients.protocol === 3 ? clients.nextSharedSeq() : this.#seq;
    const version = stateVersion === undefined ? {} : { stateVersion };
    socket.event(JSON.stringify({ type: 'event', event, payload, seq, ...version }));
  }

  /** OpenClaw closes with 1012 for a stop as well as a restart; only the shutdown event before it tells which. */
  shutdownNotice(): ShutdownNotice {
    return { code: 1012, reason: 'service restart' };
  }

  closed(): void {
    const phase = this.#phase;
    this.#phase = { kind: 'closed' };
    if (phase.kind === 'handshake') phase.handshake.closed();
    if (phase.kind === 'ready') {
      phase.cancelTick();
      this.#ports.clients.remove(this);
    }
  }

  #begin({ requestId, verdict, deviceToken }: CompletedHandshake): void {
    const { clients, socket, uptimeMs, stateDirectory } = this.#ports;
    // Protocol 3 gives full access to clients that ask for no scope.
    const scopes = clients.protocol === 3 && verdict.scopes.length === 0 ? ['operator.admin'] : verdict.scopes;
    this.#phase = { kind: 'ready', scopes, cancelTick: this.#scheduleTick() };
    clients.add(this, verdict.request);
    const hello = {
      clients,
      verdict,
      connectionId: socket.id,
      deviceToken,
      uptimeMs: uptimeMs(),
      stateDirectory,
    };
    socket.reply({ type: 'res', id: requestId, ok: true, payload: writeHello(hello) });
  }

  #receiveRequest(text: string, scopes: readonly string[]): void {
    const frame = parseJson(text);
    if (isOpenClawRequest(frame)) void this.#answer(frame, scopes);
    // Text that is not JSON is ignored, as OpenClaw does.
    else if (isObject(frame)) this.#fail('invalid', { code: 'INVALID_REQUEST', message: 'invalid request frame' });
  }

  async #answer({ id, method, params }: OpenClawRequest, scopes: readonly string[]): Promise<void> {
    try {
      const payload = await this.#call(method, params, scopes);
      this.#ports.socket.reply({ type: 'res', id, ok: true, payload });
    } catch (fault) {
      this.#fail(id, this.#errorOf(method, fault));
    }
  }

  #call(method: string, params: unknown, scopes: readonly string[]): unknown {
    if (method === 'connect') throw invalidRequest('connect is only valid as the first request');
    if (!isOpenClawMethod(method, this.#ports.clients.protocol))
      throw invalidRequest(`unknown method: ${method.slice(0, 200)}`);
    const missing = missingScope(method, scopes);
    if (missing !== undefined) throw this.#missingScopeFault(missing);
    return this.#ports.handlers[method](params);
  }

  #missingScopeFault(scope: string): OpenClawFault {
    const message = `missing scope: ${scope}`;
    if (this.#ports.clients.protocol === 3) return invalidRequest(message);
    const details = { code: 'MISSING_SCOPE', missingScope: scope, requiredScopes: [scope] };
    return new OpenClawFault({ code: 'FORBIDDEN', message, details });
  }

  #errorOf(method: string, fault: unknown): OpenClawError {
    if (fault instanceof OpenClawFault) return fault.error;
    if (fault instanceof RpcFault) return toOpenClawError(fault);
    const why = fault instanceof Error ? (fault.stack ?? fault.message) : String(fault);
    this.#ports.log.error(`${method} failed: ${why}`);
    return { code: 'UNAVAILABLE', message: `${method} failed` };
  }

  #fail(id: string, error: OpenClawError): void {
    this.#ports.socket.reply({ type: 'res', id, ok: false, error });
  }

  #scheduleTick(): Cancel {
    const { clock, tickIntervalMs } = this.#ports.clients.ports;
    return clock.schedule(tickIntervalMs, () => {
      if (this.#phase.kind !== 'ready') return;
      this.event('tick', { ts: clock.wallTime() });
      this.#phase = { ...this.#phase, cancelTick: this.#scheduleTick() };
    });
  }
}

function invalidRequest(message: string): OpenClawFault {
  return new OpenClawFault({ code: 'INVALID_REQUEST', message });
}
