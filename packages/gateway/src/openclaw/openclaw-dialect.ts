import type { FaultHooks } from '../faults/fault-hooks.ts';
import type { Clock, Random } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { TokenCheck } from '../server/access.ts';
import type { FrameSocket, Session } from '../server/session.ts';
import type { Services } from '../services/services.ts';
import type { Document } from '../store/document.ts';
import { ConnectedClients } from './connected-clients.ts';
import { type DeviceState, Devices } from './devices.ts';
import { automationHandlers } from './methods/automation.ts';
import { channelHandlers } from './methods/channels.ts';
import { chatHandlers } from './methods/chat.ts';
import { deviceHandlers } from './methods/devices.ts';
import { gatewayHandlers, healthPayload } from './methods/gateway.ts';
import type { OpenClawHandlers } from './methods/method.ts';
import { OpenClawSession } from './session.ts';

export interface OpenClawDialectPorts {
  readonly services: Services;
  readonly devices: Document<DeviceState>;
  readonly token: TokenCheck;
  readonly faults: FaultHooks;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly uptimeMs: () => number;
  readonly bootId: () => string;
  readonly tickIntervalMs: number;
  readonly maxPayload: number;
}

function createHandlers(services: Services, clients: ConnectedClients): OpenClawHandlers {
  return {
    ...gatewayHandlers(services, clients),
    ...channelHandlers(services.channels, clients),
    ...chatHandlers(services, clients),
    ...automationHandlers(services),
    ...deviceHandlers(clients),
  };
}

/** Creates the shared state of the dialect; returns the session factory. */
export function createOpenClawDialect(ports: OpenClawDialectPorts): (socket: FrameSocket) => Session {
  const { services, token, faults, clock, random, log, uptimeMs, bootId, tickIntervalMs, maxPayload } = ports;
  const clients = new ConnectedClients({
    clock,
    random,
    token,
    devices: new Devices(ports.devices),
    faults,
    tickIntervalMs,
    maxPayload,
    healthPayload: () => healthPayload(services, clock.wallTime()),
    bootId,
  });
  const handlers = createHandlers(services, clients);
  services.channels.onChange(() => clients.broadcastHealth());
  return (socket) =>
    new OpenClawSession({ socket, clients, handlers, log, uptimeMs, stateDirectory: services.stateDirectory });
}
