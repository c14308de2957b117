/** A host to be killed: starts a gateway by the arguments (state folder, then command), tells its pid, and waits for its end. */
import { GatewayManager } from '../../src/manager/gateway-manager.ts';

const [ownershipFile = '', port = '0', ...command] = process.argv.slice(2);
const manager = new GatewayManager({
  mode: 'supervise',
  port: Number(port),
  command,
  ownershipFile,
  keepRunning: true,
});
await manager.start();
process.send?.({ pid: manager.getStatus().pid });
