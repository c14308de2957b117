import type { Services } from '../../services/services.ts';
import type { ConnectedClients } from '../connected-clients.ts';
import type { OpenClawMethod } from '../method-names.ts';
import { automationHandlers } from './automation.ts';
import { channelHandlers } from './channels.ts';
import { chatHandlers } from './chat.ts';
import { deviceHandlers } from './devices.ts';
import { gatewayHandlers } from './gateway.ts';
import type { OpenClawHandler } from './method.ts';

export type OpenClawHandlers = Readonly<Record<OpenClawMethod, OpenClawHandler>>;

export function createOpenClawHandlers(services: Services, clients: ConnectedClients): OpenClawHandlers {
  return {
    ...gatewayHandlers(services, clients),
    ...channelHandlers(services.channels, clients),
    ...chatHandlers(services, clients),
    ...automationHandlers(services),
    ...deviceHandlers(clients),
  };
}
