import type { TokenCheck } from '../door/credentials.ts';
import type { FrameSocket, Session } from '../door/session.ts';
import type { FaultSeams } from '../faults/seams.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Random } from '../ports/random.ts';
import type { Services } from '../services/services.ts';
import type { Document } from '../store/document.ts';
import { type DeviceState, Devices } from './devices.ts';
import { healthPayload } from './methods/gateway.ts';
import { createOpenClawHandlers } from './methods/handlers.ts';
import { Room } from './room.ts';
import { OpenClawSession } from './session.ts';

export interface OpenClawDialectPorts {
  readonly services: Services;
  readonly devices: Document<DeviceState>;
  readonly token: TokenCheck;
  readonly faults: FaultSeams;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly uptimeMs: () => number;
  readonly bootId: () => string;
  readonly tickIntervalMs: number;
  readonly maxPayload: number;
}

/** One room for the gateway, one session for each socket. */
export function createOpenClawDialect(ports: OpenClawDialectPorts): (socket: FrameSocket) => Session {
  const { services, token, faults, clock, random, log, uptimeMs, bootId, tickIntervalMs, maxPayload } = ports;
  const room = new Room({
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
  const handlers = createOpenClawHandlers(services, room);
  services.channels.onChange(() => room.tellHealth());
  return (socket) =>
    new OpenClawSession({ socket, room, handlers, log, uptimeMs, stateDirectory: services.stateDirectory });
}
