import { deferredChannel } from './channels/deferred-channel.ts';
import { messagePortChannel } from './channels/message-port-channel.ts';
import { mount } from './mount.tsx';

/** API of the preload script: requests a port, which arrives as a window message. */
interface DesktopBridge {
  connect(): void;
}

declare global {
  interface Window {
    readonly deskclaw?: DesktopBridge;
  }
}

const element = document.getElementById('app');
if (element === null) throw new Error('the page has no #app');

function nextPort(): Promise<MessagePort> {
  return new Promise((resolve) => {
    addEventListener('message', function take(event: MessageEvent<unknown>) {
      const [port] = event.ports;
      if (event.source !== window || event.data !== 'deskclaw:port' || port === undefined) return;
      removeEventListener('message', take);
      resolve(port);
    });
  });
}

function openChannel() {
  const { deskclaw } = window;
  if (deskclaw === undefined) throw new Error('this page belongs into the window of the DeskClaw app');
  const port = nextPort();
  deskclaw.connect();
  return deferredChannel(port.then(messagePortChannel));
}

mount(element, {
  openChannel,
  platform: { kind: 'desktop', copyText: (text) => navigator.clipboard.writeText(text) },
});
