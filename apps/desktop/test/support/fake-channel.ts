import type { ChannelCloseInfo, FrameChannel } from '@deskclaw/core';

/** A channel whose other end is the test. */
export class FakeChannel implements FrameChannel {
  readonly sent: string[] = [];
  readonly bufferedAmount = 0;
  end: ChannelCloseInfo | undefined;
  #onFrame: (text: string) => void = () => undefined;
  #onClose: (end: ChannelCloseInfo) => void = () => undefined;

  send(text: string): void {
    this.sent.push(text);
  }

  onFrame(listener: (text: string) => void): void {
    this.#onFrame = listener;
  }

  onClose(listener: (end: ChannelCloseInfo) => void): void {
    this.#onClose = listener;
    if (this.end !== undefined) listener(this.end);
  }

  close(code = 1000, reason = ''): void {
    if (this.end !== undefined) return;
    this.end = { code, reason };
    this.#onClose(this.end);
  }

  receive(text: string): void {
    this.#onFrame(text);
  }
}
