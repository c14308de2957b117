import { Client } from 'rpc-websockets';
import type { Connect } from '../peer.ts';

export const connect: Connect = (url) =>
  new Promise((resolve) => {
    const client = new Client(url, { perMessageDeflate: false, reconnect: false });
    client.on('open', () =>
      resolve({ call: (params) => client.call('echo', { ...params }), close: () => client.close() }),
    );
  });
