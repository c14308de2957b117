import { BUNDLE_ORIGIN } from '../window/bundle.ts';

/** What is looked at of a frame that sends: Electron's `WebFrameMain`. */
export interface SenderFrame {
  readonly origin: string;
  /** Null in a top frame. */
  readonly parent: object | null;
}

/** Only our own page, and only as the top frame: not a frame inside it, not whatever else got into a window. */
export function isOwnPage(frame: SenderFrame | null): boolean {
  return frame !== null && frame.parent === null && frame.origin === BUNDLE_ORIGIN;
}
