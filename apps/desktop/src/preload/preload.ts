import { contextBridge, ipcRenderer } from 'electron';
import { CONNECT_CHANNEL, type DeskclawBridge, PORT_MESSAGE } from '../ipc/contract.ts';

/** Hands over one message port per call and knows nothing else: neither a token nor what goes through the port. */
const bridge: DeskclawBridge = {
  connect: () => {
    const { port1, port2 } = new MessageChannel();
    ipcRenderer.postMessage(CONNECT_CHANNEL, null, [port2]);
    window.postMessage(PORT_MESSAGE, window.location.origin, [port1]);
  },
};

contextBridge.exposeInMainWorld('deskclaw', bridge);
