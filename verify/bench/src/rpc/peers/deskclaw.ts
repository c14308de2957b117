import { GatewayConnection, wsSockets } from '@deskclaw/core';
import type { Connect } from '../peer.ts';

export const connect: Connect = async (url) => {
  const connection = new GatewayConnection({ url, dialect: 'jsonrpc', socketFactory: wsSockets });
  await new Promise<void>((resolve) => {
    connection.once('ready', () => resolve());
    connection.connect();
  });
  return { call: (params) => connection.request('echo', params), close: () => connection.disconnect() };
};
