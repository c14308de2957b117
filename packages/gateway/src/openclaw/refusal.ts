import type { OpenClawError } from '@deskclaw/protocol';

/** An answer that is an error in OpenClaw's own words. */
export class OpenClawFault extends Error {
  override readonly name = 'Refusal';
  readonly error: OpenClawError;

  constructor(error: OpenClawError) {
    super(error.message);
    this.error = error;
  }
}
