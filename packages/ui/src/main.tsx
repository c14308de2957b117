import { loginChannel } from './channels/login-channel.ts';
import { PageCredentials } from './channels/page-session.ts';
import { webSocketChannel } from './channels/web-socket-channel.ts';
import { mount } from './mount.tsx';

const element = document.getElementById('app');
if (element === null) throw new Error('the page has no #app');

/** Returns the token of the link, which leaves the address bar and the history at once. */
function takeToken(): string | undefined {
  const address = new URL(location.href);
  const token = address.searchParams.get('token');
  if (token === null) return undefined;
  address.searchParams.delete('token');
  history.replaceState(null, '', address);
  return token;
}

const credentials = new PageCredentials(() => localStorage, takeToken());
// Secure pages may only open secure sockets.
const scheme = location.protocol === 'https:' ? 'wss' : 'ws';

mount(element, {
  openChannel: () =>
    loginChannel(() => webSocketChannel(`${scheme}://${location.host}/control`), credentials, location.origin),
  platform: { kind: 'browser', copyText: (text) => navigator.clipboard.writeText(text) },
});
