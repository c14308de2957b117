import { isOpenClawEvent, type OpenClawEvent } from '@deskclaw/protocol';

/** The first frame of an OpenClaw gateway, by which it is known. */
export function isChallenge(frame: unknown): frame is OpenClawEvent {
  return isOpenClawEvent(frame) && frame.event === 'connect.challenge';
}
