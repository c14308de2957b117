/** A host to be killed whose gateway holds on to its lifeline. */
import { GatewayManager } from '../../src/manager/gateway-manager.ts';

const [gateway = ''] = process.argv.slice(2);
const command = [process.execPath, gateway, '--port', '{port}', '--lifeline'];
const manager = new GatewayManager({ mode: 'supervise', port: 0, lifeline: true, command });
await manager.start();
process.send?.({ pid: manager.getStatus().pid });
