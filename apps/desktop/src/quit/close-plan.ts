/** What the close button means at this moment. */
export type ClosePlan = 'close' | 'hide' | 'quit';

export interface CloseInput {
  readonly platform: NodeJS.Platform;
  readonly quitting: boolean;
  readonly trayShown: boolean;
}

/** A window is only hidden where it can be found again: in a tray, or by macOS in the dock. */
export function planClose({ platform, quitting, trayShown }: CloseInput): ClosePlan {
  if (quitting) return 'close';
  return trayShown || platform === 'darwin' ? 'hide' : 'quit';
}
