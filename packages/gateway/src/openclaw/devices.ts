import { type Guard, listOf, object, text } from '../params/guard.ts';
import type { Document } from '../store/document.ts';

/** A device that was let in once and is known by its key from then on. */
export interface PairedDevice {
  /** Hex SHA-256 of its public key. */
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

/** The devices that were let in. */
export class Devices {
  readonly #document: Document<DeviceState>;

  constructor(document: Document<DeviceState>) {
    this.#document = document;
  }

  find(id: string): PairedDevice | undefined {
    return this.#document.value.find((device) => device.id === id);
  }

  async remember(device: PairedDevice): Promise<void> {
    await this.#document.update((state) => [...state.filter(({ id }) => id !== device.id), device]);
  }
}
