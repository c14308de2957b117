import { isObject, isOpenClawRequest, type OpenClawError, type OpenClawRequest, parseJson } from '@deskclaw/protocol';
import type { Cancel } from '../ports/clock.ts';
import type { FrameSocket } from '../server/session.ts';
import { type AcceptedConnect, checkConnect, type RejectedConnect } from './connect-check.ts';
import type { ConnectRequest } from './connect-params.ts';
import type { ConnectedClients } from './connected-clients.ts';
import type { DeviceFault } from './device-auth.ts';
import { newDeviceToken } from './devices.ts';

const HANDSHAKE_MS = 15_000;
const MAX_FIRST_FRAME = 64 * 1024;
const starting: OpenClawError = {
  code: 'UNAVAILABLE',
  message: 'gateway starting; retry shortly',
  retryable: true,
  retryAfterMs: 500,
  details: { reason: 'startup-sidecars' },
};

export interface CompletedHandshake {
  readonly requestId: string;
  readonly verdict: AcceptedConnect;
  /** Token of the device itself, if it gets one. */
  readonly deviceToken: string | undefined;
}

/** Handles a connection from the challenge to the verdict. Completes or closes the socket, exactly once. */
export class Handshake {
  readonly #socket: FrameSocket;
  readonly #clients: ConnectedClients;
  readonly #onCompleted: (handshake: CompletedHandshake) => void;
  readonly #nonce: string;
  readonly #cancelDeadline: Cancel;
  /** `judging`: a connect came and is being looked into. */
  #phase: 'greeting' | 'checking' | 'over' = 'greeting';

  constructor(socket: FrameSocket, clients: ConnectedClients, onCompleted: (handshake: CompletedHandshake) => void) {
    this.#socket = socket;
    this.#clients = clients;
    this.#onCompleted = onCompleted;
    const { clock, random } = clients.ports;
    this.#nonce = random.uuid();
    this.#cancelDeadline = clock.schedule(HANDSHAKE_MS, () => this.#close(1000, ''));
    const payload = { nonce: this.#nonce, ts: clock.wallTime() };
    socket.event(JSON.stringify({ type: 'event', event: 'connect.challenge', payload }));
  }

  receive(text: string): void {
    switch (this.#phase) {
      case 'greeting':
        this.#receiveFirst(text);
        break;
      case 'checking':
        this.#close(1008, 'invalid handshake: wait for hello-ok');
        break;
      case 'over':
        break;
      default:
        this.#phase satisfies never;
    }
  }

  receiveBinary(): void {
    this.#close(1000, '');
  }

  closed(): void {
    this.#cancelDeadline();
    this.#phase = 'over';
  }

  #receiveFirst(text: string): void {
    const frame = parseJson(text);
    if (text.length > MAX_FIRST_FRAME) this.#close(1009, '');
    else if (frame === undefined) this.#close(1000, '');
    else if (!isOpenClawRequest(frame)) this.#close(1008, 'invalid request frame');
    else if (frame.method !== 'connect') {
      const message = 'invalid handshake: first request must be connect';
      this.#reject(frame.id, { code: 'INVALID_REQUEST', message }, 1008, message);
    } else if (this.#clients.ports.faults.rejectsAsStarting()) {
      this.#reject(frame.id, starting, 1013, 'gateway starting');
    } else {
      this.#phase = 'checking';
      void this.#check(frame);
    }
  }

  async #check(frame: OpenClawRequest): Promise<void> {
    const { token, devices, clock } = this.#clients.ports;
    const findDeviceFault = hasDevice(frame.params) ? await this.#loadDeviceCheck() : () => undefined;
    const verdict = checkConnect(frame.params, {
      protocol: this.#clients.protocol,
      token,
      approvesByItself: this.#clients.ports.faults.approvesDevices,
      trustsPrograms: this.#clients.ports.faults.trustsPrograms,
      pairedDevice: (id) => devices.find(id),
      findDeviceFault,
    });
    if (verdict.kind === 'accepted') {
      await this.#complete(frame.id, verdict);
      return;
    }
    const rejection = this.#withRequestId(verdict);
    const error = this.#forProtocol(rejection);
    const tellsId = rejection.requestId !== undefined && this.#clients.protocol === 4;
    const reason = tellsId ? `${error.message} (requestId: ${rejection.requestId})` : error.message;
    const reject = (): void => this.#reject(frame.id, error, rejection.closeCode, reason);
    if (verdict.guess && this.#clients.protocol === 4) clock.schedule(this.#clients.nextGuessDelayMs(), reject);
    else reject();
  }

  async #complete(requestId: string, verdict: AcceptedConnect): Promise<void> {
    const deviceToken = await this.#pair(verdict);
    if (this.#phase !== 'checking') return;
    this.closed();
    this.#onCompleted({ requestId, verdict, deviceToken });
  }

  /** The cryptography is loaded only for clients that bring a device. */
  async #loadDeviceCheck(): Promise<(request: ConnectRequest) => DeviceFault | undefined> {
    const { findDeviceFault } = await import('./device-auth.ts');
    const now = this.#clients.ports.clock.wallTime();
    return (request) => findDeviceFault(request, { nonce: this.#nonce, now, protocol: this.#clients.protocol });
  }

  /** Stores a device and gives it its own token; backend clients get none. */
  async #pair({ request, scopes, pair }: AcceptedConnect): Promise<string | undefined> {
    if (request.device === undefined) return undefined;
    const { devices, random } = this.#clients.ports;
    const known = devices.find(request.device.id);
    const token = known?.token ?? newDeviceToken(random);
    if (pair) {
      const all = [...new Set([...(known?.scopes ?? []), ...scopes])];
      await devices.save({ id: request.device.id, platform: request.client.platform, scopes: all, token });
    }
    return request.client.mode === 'backend' ? undefined : token;
  }

  #withRequestId(rejected: RejectedConnect): RejectedConnect & { readonly requestId?: string } {
    const { pairing, error } = rejected;
    if (pairing === undefined) return rejected;
    const { devices, random } = this.#clients.ports;
    const { requestId } = devices.requestPairing(pairing, () => random.uuid());
    const details = isObject(error.details) ? error.details : {};
    return { ...rejected, requestId, error: { ...error, details: { ...details, requestId } } };
  }

  /** Protocol 3 explains refusals in words only, except a protocol mismatch. */
  #forProtocol({ error, closeCode }: RejectedConnect): OpenClawError {
    if (this.#clients.protocol === 4 || closeCode === 1002) return error;
    // Protocol 3 reports only the id of a pairing request (read in its source).
    const requestId = isObject(error.details) ? error.details['requestId'] : undefined;
    const { code, message } = error;
    return requestId === undefined ? { code, message } : { code, message: 'pairing required', details: { requestId } };
  }

  #reject(id: string, error: OpenClawError, closeCode: number, reason: string): void {
    if (this.#phase === 'over') return;
    this.#socket.reply({ type: 'res', id, ok: false, error });
    this.#close(closeCode, reason);
  }

  #close(code: number, reason: string): void {
    this.closed();
    this.#socket.close(code, reason);
  }
}

function hasDevice(params: unknown): boolean {
  return isObject(params) && params['device'] !== undefined;
}
