import type { Services } from '../../services/services.ts';
import type { OpenClawMethod } from '../method-names.ts';
import type { Room } from '../room.ts';
import { automationHandlers } from './automation.ts';
import { channelHandlers } from './channels.ts';
import { chatHandlers } from './chat.ts';
import { deviceHandlers } from './devices.ts';
import { gatewayHandlers } from './gateway.ts';
import type { OpenClawHandler } from './method.ts';

export type OpenClawHandlers = Readonly<Record<OpenClawMethod, OpenClawHandler>>;

export function createOpenClawHandlers(services: Services, room: Room): OpenClawHandlers {
  return {
    ...gatewayHandlers(services, room),
    ...channelHandlers(services.channels, room),
    ...chatHandlers(services, room),
    ...automationHandlers(services),
    ...deviceHandlers(room),
  };
}
