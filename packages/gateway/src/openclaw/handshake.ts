import { isObject, isOpenClawRequest, type OpenClawError, type OpenClawRequest, parseJson } from '@deskclaw/protocol';
import type { FrameSocket } from '../door/session.ts';
import type { Cancel } from '../ports/clock.ts';
import { type Admitted, judgeConnect, type Refused } from './admission.ts';
import type { ConnectRequest } from './connect-params.ts';
import type { DeviceRefusal } from './device-auth.ts';
import { newDeviceToken } from './devices.ts';
import type { Room } from './room.ts';

const HANDSHAKE_MS = 15_000;
const MAX_FIRST_FRAME = 64 * 1024;
const starting: OpenClawError = {
  code: 'UNAVAILABLE',
  message: 'gateway starting; retry shortly',
  retryable: true,
  retryAfterMs: 500,
  details: { reason: 'startup-sidecars' },
};

export interface Admission {
  readonly requestId: string;
  readonly verdict: Admitted;
  /** The token of the device's own, where it gets one. */
  readonly deviceToken: string | undefined;
}

/** From the challenge to the verdict. It either hands over an admission or closes the socket, once. */
export class Handshake {
  readonly #socket: FrameSocket;
  readonly #room: Room;
  readonly #onAdmitted: (admission: Admission) => void;
  readonly #nonce: string;
  readonly #cancelDeadline: Cancel;
  /** `judging`: a connect came and is being looked into. */
  #phase: 'greeting' | 'judging' | 'over' = 'greeting';

  constructor(socket: FrameSocket, room: Room, onAdmitted: (admission: Admission) => void) {
    this.#socket = socket;
    this.#room = room;
    this.#onAdmitted = onAdmitted;
    const { clock, random } = room.ports;
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
      case 'judging':
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
      this.#refuse(frame.id, { code: 'INVALID_REQUEST', message }, 1008, message);
    } else if (this.#room.ports.faults.refusesAsStarting()) {
      this.#refuse(frame.id, starting, 1013, 'gateway starting');
    } else {
      this.#phase = 'judging';
      void this.#judge(frame);
    }
  }

  async #judge(frame: OpenClawRequest): Promise<void> {
    const { token, devices, clock } = this.#room.ports;
    const findDeviceFault = hasDevice(frame.params) ? await this.#loadDeviceCheck() : () => undefined;
    const verdict = judgeConnect(frame.params, {
      protocol: this.#room.protocol,
      token,
      approvesByItself: this.#room.ports.faults.approvesDevices,
      trustsPrograms: this.#room.ports.faults.trustsPrograms,
      pairedDevice: (id) => devices.find(id),
      findDeviceFault,
    });
    if (verdict.kind === 'admitted') {
      await this.#admit(frame.id, verdict);
      return;
    }
    const refusal = this.#withRequestId(verdict);
    const error = this.#inEdition(refusal);
    const tellsId = refusal.requestId !== undefined && this.#room.protocol === 4;
    const reason = tellsId ? `${error.message} (requestId: ${refusal.requestId})` : error.message;
    const refuse = (): void => this.#refuse(frame.id, error, refusal.closeCode, reason);
    if (verdict.guess && this.#room.protocol === 4) clock.schedule(this.#room.nextGuessDelayMs(), refuse);
    else refuse();
  }

  async #admit(requestId: string, verdict: Admitted): Promise<void> {
    const deviceToken = await this.#pair(verdict);
    if (this.#phase !== 'judging') return;
    this.closed();
    this.#onAdmitted({ requestId, verdict, deviceToken });
  }

  /** The cryptography is loaded only for clients that bring a device. */
  async #loadDeviceCheck(): Promise<(request: ConnectRequest) => DeviceRefusal | undefined> {
    const { findDeviceFault } = await import('./device-auth.ts');
    const now = this.#room.ports.clock.wallTime();
    return (request) => findDeviceFault(request, { nonce: this.#nonce, now, protocol: this.#room.protocol });
  }

  /** Remembers a device and gives it a token of its own; the gateway's own helpers get none. */
  async #pair({ request, scopes, pair }: Admitted): Promise<string | undefined> {
    if (request.device === undefined) return undefined;
    const { devices, random } = this.#room.ports;
    const known = devices.find(request.device.id);
    const token = known?.token ?? newDeviceToken(random);
    if (pair) {
      const all = [...new Set([...(known?.scopes ?? []), ...scopes])];
      await devices.remember({ id: request.device.id, platform: request.client.platform, scopes: all, token });
    }
    return request.client.mode === 'backend' ? undefined : token;
  }

  #withRequestId(refused: Refused): Refused & { readonly requestId?: string } {
    const { asks, error } = refused;
    if (asks === undefined) return refused;
    const { devices, random } = this.#room.ports;
    const { requestId } = devices.ask(asks, () => random.uuid());
    const details = isObject(error.details) ? error.details : {};
    return { ...refused, requestId, error: { ...error, details: { ...details, requestId } } };
  }

  /** Protocol 3 explains refusals in words only, except a protocol mismatch. */
  #inEdition({ error, closeCode }: Refused): OpenClawError {
    if (this.#room.protocol === 4 || closeCode === 1002) return error;
    // The id of a pairing request is the one thing that it told (read in its source).
    const requestId = isObject(error.details) ? error.details['requestId'] : undefined;
    const { code, message } = error;
    return requestId === undefined ? { code, message } : { code, message: 'pairing required', details: { requestId } };
  }

  #refuse(id: string, error: OpenClawError, closeCode: number, reason: string): void {
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
