import { describeProblem, type Problem } from '@deskclaw/protocol';
import type { PortState, TcpPorts } from '../ports/spawner.ts';

/** Why a gateway cannot listen there; `undefined`: it can. @param at epoch ms. */
export async function portProblem(
  host: string,
  port: number,
  ports: TcpPorts,
  at: number,
): Promise<Problem | undefined> {
  const state: PortState = await ports.check(host, port);
  switch (state) {
    case 'free':
      return undefined;
    case 'taken': {
      const owner = await ports.owner(port);
      return describeProblem('port.in-use', { host, port, ...(owner === undefined ? {} : { owner }) }, at);
    }
    case 'forbidden':
      return describeProblem(
        'config.invalid',
        {
          source: 'port',
          fault: `the system does not let us listen on ${String(port)}; ports from 1024 up are open to all`,
        },
        at,
      );
    case 'no-address':
      return describeProblem('config.invalid', { source: 'host', fault: `${host} is no address of this machine` }, at);
    default:
      return state satisfies never;
  }
}
