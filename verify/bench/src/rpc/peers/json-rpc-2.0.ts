import { JSONRPCClient } from 'json-rpc-2.0';
import { WebSocket } from 'ws';
import type { Connect } from '../peer.ts';

export const connect: Connect = async (url) => {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const client = new JSONRPCClient((request) => {
    socket.send(JSON.stringify(request));
    return Promise.resolve();
  });
  socket.on('message', (data) => client.receive(JSON.parse(String(data))));
  return { call: (params) => Promise.resolve(client.request('echo', params)), close: () => socket.terminate() };
};
