import type { ChannelCloseInfo, FrameChannel } from '../rpc/frame-writer.ts';

class MemoryEndpoint implements FrameChannel {
  readonly bufferedAmount = 0;
  peer: MemoryEndpoint | undefined;
  #onFrame: (text: string) => void = () => undefined;
  #onClose: (end: ChannelCloseInfo) => void = () => undefined;
  #end: ChannelCloseInfo | undefined;

  send(text: string): void {
    const { peer: other } = this;
    if (this.#end !== undefined || other === undefined) return;
    // Frames arrive after the sender's turn, as they do over any socket.
    queueMicrotask(() => other.#receive(text));
  }

  onFrame(listener: (text: string) => void): void {
    this.#onFrame = listener;
  }

  onClose(listener: (end: ChannelCloseInfo) => void): void {
    this.#onClose = listener;
    if (this.#end !== undefined) listener(this.#end);
  }

  close(code = 1000, reason = ''): void {
    const end = { code, reason };
    const { peer: other } = this;
    this.#finish(end);
    if (other !== undefined) queueMicrotask(() => other.#finish(end));
  }

  #receive(text: string): void {
    if (this.#end === undefined) this.#onFrame(text);
  }

  #finish(end: ChannelCloseInfo): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#onClose(end);
  }
}

/** Returns the two ends of a channel within this process, by which a window uses the control API of its own host. */
export function memoryChannel(): readonly [FrameChannel, FrameChannel] {
  const one = new MemoryEndpoint();
  const two = new MemoryEndpoint();
  one.peer = two;
  two.peer = one;
  return [one, two];
}
