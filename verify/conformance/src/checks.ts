import type { Check } from './check.ts';
import { bootChecks } from './checks/boot.ts';
import { channelChecks } from './checks/channels.ts';
import { chatChecks } from './checks/chat.ts';
import { deviceChecks } from './checks/devices.ts';
import { failedStartChecks } from './checks/failed-starts.ts';
import { handshakeChecks } from './checks/handshake.ts';
import { httpChecks } from './checks/http.ts';
import { ourCallChecks } from './checks/our-calls.ts';
import { ourConnectionChecks } from './checks/our-connection.ts';
import { rpcChecks, slowChecks } from './checks/rpc.ts';
import { stoppingChecks } from './checks/stopping.ts';
import { supervisionChecks } from './checks/supervision.ts';

/** In the order they run: the first starts the gateway the others use, the last ends it. */
export const checks: readonly Check[] = [
  ...bootChecks,
  ...httpChecks,
  ...handshakeChecks,
  ...rpcChecks,
  ...channelChecks,
  ...chatChecks,
  ...ourConnectionChecks,
  ...ourCallChecks,
  ...deviceChecks,
  ...failedStartChecks,
  ...slowChecks,
  // After what watches one connection from the first check on: these restart the gateway.
  ...supervisionChecks,
  ...stoppingChecks,
];
