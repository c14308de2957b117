/** Channel names that the page, its preload and the main process share; no other messages pass between them. */

/** Page to main, through the preload: asks for a channel and carries one end of it. */
export const CONNECT_CHANNEL = 'deskclaw:connect';

/** Preload to page: the window message that carries the other end. `contextBridge` can hand over no ports. */
export const PORT_MESSAGE = 'deskclaw:port';

/** The API that the page finds as `window.deskclaw`. */
export interface DeskclawBridge {
  /** Asks for a fresh channel to the host; its port comes as a window message named `PORT_MESSAGE`. */
  connect(): void;
}

/** Last message of the page on a port; announces the end before the port reports its close. */
export const GOODBYE = '\u0004';
