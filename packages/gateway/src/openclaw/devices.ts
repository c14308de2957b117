import { type Guard, listOf, object, text } from '../params/guard.ts';
import type { Random } from '../ports/clock.ts';
import type { Document } from '../store/document.ts';

/** A paired device, known by its key. */
export interface PairedDevice {
  /** Hex SHA-256 of the public key. */
  readonly id: string;
  readonly platform: string;
  readonly scopes: readonly string[];
  readonly token: string;
}
export type DeviceState = readonly PairedDevice[];

const anyText = text({ max: 4096 });
export const deviceState: Guard<DeviceState> = listOf(
  object({ id: anyText, platform: anyText, scopes: listOf(anyText), token: anyText }),
);

export function newDeviceToken(random: Random): string {
  return `${random.uuid()}${random.uuid()}`;
}

export type PairingReason = 'not-paired' | 'scope-upgrade' | 'metadata-upgrade';

/** A pairing that needs approval. */
export interface PairingDetails {
  readonly deviceId: string;
  readonly platform: string;
  readonly scopes: readonly string[];
  readonly reason: PairingReason;
}
export interface PairingRequest extends PairingDetails {
  readonly requestId: string;
}

/** Paired devices and pending pairing requests. */
export class Devices {
  readonly #document: Document<DeviceState>;
  /** Pending requests by device; a new request replaces the previous one. */
  readonly #waiting = new Map<string, PairingRequest>();

  constructor(document: Document<DeviceState>) {
    this.#document = document;
  }

  find(id: string): PairedDevice | undefined {
    return this.#document.value.find((device) => device.id === id);
  }

  get paired(): DeviceState {
    return this.#document.value;
  }

  get waiting(): readonly PairingRequest[] {
    return [...this.#waiting.values()];
  }

  /** Returns the pending request. An equal request keeps its id, as measured on OpenClaw. */
  requestPairing(details: PairingDetails, newId: () => string): PairingRequest {
    const before = this.#waiting.get(details.deviceId);
    const request = { ...details, requestId: before?.requestId ?? '' };
    if (before !== undefined && JSON.stringify(request) === JSON.stringify(before)) return before;
    const fresh = { ...request, requestId: newId() };
    this.#waiting.set(details.deviceId, fresh);
    return fresh;
  }

  /** Resolves with `undefined` for an unknown or outdated request. */
  async approve(requestId: string, newToken: () => string): Promise<PairedDevice | undefined> {
    const request = this.waiting.find((waiting) => waiting.requestId === requestId);
    if (request === undefined) return undefined;
    const known = this.find(request.deviceId);
    const scopes = [...new Set([...(known?.scopes ?? []), ...request.scopes])];
    const device = { id: request.deviceId, platform: request.platform, scopes, token: known?.token ?? newToken() };
    await this.save(device);
    this.#waiting.delete(request.deviceId);
    return device;
  }

  /** Revokes the token of a device; with the token of the gateway it gets a new one. */
  async revoke(id: string, newToken: () => string): Promise<boolean> {
    const known = this.find(id);
    if (known === undefined) return false;
    await this.save({ ...known, token: newToken() });
    return true;
  }

  async save(device: PairedDevice): Promise<void> {
    await this.#document.update((state) => [...state.filter(({ id }) => id !== device.id), device]);
  }
}
