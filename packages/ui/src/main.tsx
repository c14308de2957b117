import { webSocketChannel } from './channels/web-socket-channel.ts';
import { mount } from './mount.tsx';

const element = document.getElementById('app');
if (element === null) throw new Error('the page has no #app');

// Secure pages may only open secure sockets, and the session's cookie goes with either.
const scheme = location.protocol === 'https:' ? 'wss' : 'ws';

mount(element, {
  openChannel: () => webSocketChannel(`${scheme}://${location.host}/control`),
  platform: { kind: 'browser', copyText: (text) => navigator.clipboard.writeText(text) },
});
