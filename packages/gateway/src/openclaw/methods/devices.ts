import { object, oneOf, text } from '../../params/guard.ts';
import type { ConnectedClients } from '../connected-clients.ts';
import { newDeviceToken } from '../devices.ts';
import { OpenClawFault } from '../errors.ts';
import { type OpenClawHandler, openClawMethod } from './method.ts';

type Names = 'device.pair.list' | 'device.pair.approve' | 'device.token.revoke';

const name = text({ min: 1, max: 128 });

/** Handlers for pairing: list, approve and revoke devices. */
export function deviceHandlers(clients: ConnectedClients): Readonly<Record<Names, OpenClawHandler>> {
  const { devices, random } = clients.ports;
  const newToken = (): string => newDeviceToken(random);
  return {
    'device.pair.list': openClawMethod('device.pair.list', object({}), () => ({
      pending: devices.waiting.map(({ requestId, deviceId, platform, scopes }) => ({
        requestId,
        deviceId,
        platform,
        role: 'operator',
        scopes,
      })),
      paired: devices.paired.map(({ id, platform, scopes }) => ({ deviceId: id, platform, role: 'operator', scopes })),
    })),
    'device.pair.approve': openClawMethod('device.pair.approve', object({ requestId: name }), async ({ requestId }) => {
      const device = await devices.approve(requestId, newToken);
      if (device === undefined) throw unknown('unknown requestId');
      return { requestId, device: { deviceId: device.id, platform: device.platform, scopes: device.scopes } };
    }),
    'device.token.revoke': openClawMethod(
      'device.token.revoke',
      object({ deviceId: name, role: oneOf(['operator']) }),
      async ({ deviceId, role }) => {
        if (!(await devices.revoke(deviceId, newToken))) throw unknown('unknown deviceId/role');
        return { deviceId, role, revokedAtMs: clients.ports.clock.wallTime() };
      },
    ),
  };
}

function unknown(message: string): OpenClawFault {
  return new OpenClawFault({ code: 'INVALID_REQUEST', message });
}
