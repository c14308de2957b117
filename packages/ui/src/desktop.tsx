import { messagePortChannel } from './channels/message-port-channel.ts';
import { mount } from './mount.tsx';

/** What the preload script offers: a call for a port, which then arrives as a message to this window. */
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

/** The port takes a moment to arrive, while a channel is wanted at once: this pair bridges the moment. */
function openChannel() {
  const { port1, port2 } = new MessageChannel();
  window.addEventListener('message', function take(event: MessageEvent<unknown>) {
    const [port] = event.ports;
    if (event.source !== window || event.data !== 'deskclaw:port' || port === undefined) return;
    window.removeEventListener('message', take);
    join(port2, port);
  });
  window.deskclaw?.connect();
  return messagePortChannel(port1);
}

function join(one: MessagePort, other: MessagePort): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.addEventListener('message', (event: MessageEvent<unknown>) => to.postMessage(event.data));
    from.addEventListener('close', () => to.close());
    from.start();
  }
}

mount(element, {
  openChannel,
  platform: { kind: 'desktop', copyText: (text) => navigator.clipboard.writeText(text) },
});
