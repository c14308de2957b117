import { contextBridge, ipcRenderer } from 'electron';
import { CONNECT_CHANNEL, type DeskclawBridge, PORT_MESSAGE } from '../ipc/contract.ts';

/** Passes one message port per call to the main process; sees neither a token nor the frames. */
const bridge: DeskclawBridge = {
  connect: () => {
    const { port1, port2 } = new MessageChannel();
    ipcRenderer.postMessage(CONNECT_CHANNEL, null, [port2]);
    window.postMessage(PORT_MESSAGE, window.location.origin, [port1]);
  },
};

contextBridge.exposeInMainWorld('deskclaw', bridge);
