import type { Client } from './client.ts';
import { connect } from './gateways.ts';

/** A client that is through with the handshake. */
export async function openClawClient(
  url: string,
  scopes: readonly string[] = ['operator.admin'],
  token?: string,
): Promise<Client> {
  const client = await connect(url);
  await client.event('connect.challenge');
  const { ok, error } = await client.ask('connect', {
    minProtocol: 3,
    maxProtocol: 4,
    client: { id: 'gateway-client', version: '1.0.0', platform: 'linux', mode: 'backend' },
    role: 'operator',
    scopes,
    caps: [],
    ...(token === undefined ? {} : { auth: { token } }),
  });
  if (ok !== true) throw new Error(JSON.stringify(error));
  return client;
}
