import type { Session, WebContents } from 'electron';
import { isBundleUrl } from './bundle.ts';

/** The only permission of a page: write text to the clipboard, for its copy buttons. */
const allowedPermissions: ReadonlySet<string> = new Set(['clipboard-sanitized-write']);

export type GuardedSession = Pick<
  Session,
  'setPermissionRequestHandler' | 'setPermissionCheckHandler' | 'setDevicePermissionHandler'
>;

/** Refuses every permission except writing to the clipboard, for requests and for checks. */
export function guardSession(session: GuardedSession): void {
  session.setPermissionRequestHandler((_contents, permission, answer) => answer(allowedPermissions.has(permission)));
  session.setPermissionCheckHandler(
    (_contents, permission, origin) => allowedPermissions.has(permission) && isBundleUrl(origin),
  );
  session.setDevicePermissionHandler(() => false);
}

interface Preventable {
  preventDefault(): void;
}

export interface GuardedContents {
  on(
    event: 'will-navigate' | 'will-frame-navigate' | 'will-redirect',
    listener: (details: Preventable & { readonly url: string }) => void,
  ): unknown;
  on(event: 'will-attach-webview', listener: (event: Preventable) => void): unknown;
  readonly setWindowOpenHandler: WebContents['setWindowOpenHandler'];
}

/** Blocks navigation, second windows and webviews. */
export function guardContents(contents: GuardedContents): void {
  const refuse = (event: Preventable): void => event.preventDefault();
  contents.on('will-navigate', refuse);
  contents.on('will-frame-navigate', refuse);
  contents.on('will-redirect', refuse);
  contents.on('will-attach-webview', refuse);
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
}
