import type { Fault, Scenario } from '../scenario.ts';
import { freePort, type Scene } from '../scene.ts';
import { attachToLiving, httpServer } from '../strangers.ts';

/** E12: what the system shows is told within 5 s; a second for the command itself. */
const REPORTED_WITHIN_MS = 6_000;
const TIMEOUT_S = 8;

/** A start that waits for a gateway with the fault. */
function waiting(
  name: string,
  program: (scene: Scene) => string,
  fault: (scene: Scene, port: number) => Partial<Fault> & Pick<Fault, 'names' | 'exit'>,
): Scenario {
  return {
    name,
    inject: async (scene) => {
      const port = await freePort();
      return {
        command: `deskclaw start --timeout ${String(TIMEOUT_S)} --port ${String(port)} ${program(scene)}`,
        withinMs: REPORTED_WITHIN_MS,
        limitMs: 16_000,
        ...fault(scene, port),
      };
    },
  };
}

/** What a person does who is told that the program is no gateway. */
function replaced(scene: Scene): () => void {
  return () => {
    scene.write('bin/waiting', `#!/bin/sh\nexec '${scene.path('bin', 'gw')}' "$@"\n`, 0o755);
  };
}

function script(code: string): (scene: Scene) => string {
  return (scene) => `--command "${scene.script('waiting', code)} --port {port}"`;
}

const untouched = (scene: Scene) => ({ named: /bin\/waiting|command/, act: replaced(scene) });

export const waitingScenarios: readonly Scenario[] = [
  waiting(
    '27 never listens',
    script(`console.log('loading model weights 12 %'); setInterval(() => {}, 1000);`),
    (scene) => ({
      names: ['loading model weights 12 %', /not opened (a|any) port|nothing listens|not listening/i],
      exit: 6,
      person: untouched(scene),
      repeatable: false,
    }),
  ),
  waiting(
    '28 answers HTML',
    script(
      `require('node:http').createServer((q, r) => { r.setHeader('content-type', 'text/html'); r.end('<html>hi</html>'); })
        .on('upgrade', (q, s) => s.end('HTTP/1.1 200 OK\\r\\ncontent-type: text/html\\r\\ncontent-length: 2\\r\\n\\r\\nhi'))
        .listen(Number(process.argv[process.argv.length - 1]), '127.0.0.1');`,
    ),
    (scene, port) => ({ names: [/HTTP 200/, port, /page/], exit: 6, person: untouched(scene), repeatable: false }),
  ),
  waiting(
    '29 leaves the handshake unanswered',
    (scene) =>
      `--command "${scene.write('bin/waiting', `#!/bin/sh\nexec gw --allow-faults --fault upgrade-unanswered "$@"\n`, 0o755)} --port {port}"`,
    (scene, port) => ({ names: [/upgrade|handshake/i, port], exit: 6, repeatable: false, person: untouched(scene) }),
  ),
  waiting(
    '30 boots slowly',
    script(
      `let n = 0; const t = setInterval(() => { n += 10; console.log('warming up: ' + n + ' %'); }, 700);
       setTimeout(() => { clearInterval(t); require('node:child_process').spawn('gw', process.argv.slice(2), { stdio: 'inherit' }); }, 7000);`,
    ),
    () => ({ names: [/warming up: \d+ %/], exit: 0, noStep: true, story: 'untouched', repeatable: false }),
  ),
  waiting(
    'waits for an answer on its standard input',
    script(`process.stdout.write('Accept the licence? [y/N] '); process.stdin.resume(); setInterval(() => {}, 1000);`),
    (scene) => ({ names: ['Accept the licence? [y/N]'], exit: 6, person: untouched(scene), repeatable: false }),
  ),
  waiting(
    'floods its output and never listens',
    script(`setInterval(() => process.stdout.write('x'.repeat(65536)), 1); console.error('stuck: E31');`),
    (scene) => ({ names: ['E31'], exit: 6, person: untouched(scene), repeatable: false }),
  ),
  waiting(
    'redirects to another path',
    script(
      `const { WebSocketServer } = require(${JSON.stringify(import.meta.resolve('ws').replace('file://', ''))});
       const sockets = new WebSocketServer({ noServer: true });
       sockets.on('connection', (socket) => socket.on('message', (data) => {
         const { id } = JSON.parse(data);
         if (id !== undefined) socket.send(JSON.stringify({ jsonrpc: '2.0', id, result: { ok: true } }));
       }));
       const moved = 'HTTP/1.1 307 Moved\\r\\nlocation: /socket\\r\\ncontent-length: 0\\r\\n\\r\\n';
       require('node:http').createServer((q, r) => { r.writeHead(307, { location: '/socket' }); r.end(); })
        .on('upgrade', (q, s, h) => q.url === '/socket' ? sockets.handleUpgrade(q, s, h, (w) => sockets.emit('connection', w)) : s.end(moved))
        .listen(Number(process.argv[process.argv.indexOf('--port') + 1]), '127.0.0.1');`,
    ),
    (scene, port) => ({ names: ['307', '/socket', port], exit: 6, person: untouched(scene), repeatable: false }),
  ),
  {
    name: 'attach to a page of the web',
    inject: async (scene) => {
      const port = await httpServer(scene, (_request, response) => response.end('<html>shop</html>'));
      scene.writeSettings({ mode: 'attach', url: `ws://127.0.0.1:${String(port)}/ws` });
      return {
        command: 'deskclaw start --timeout 6',
        names: [port, 'HTTP 200'],
        exit: 6,
        withinMs: REPORTED_WITHIN_MS,
        limitMs: 16_000,
        repeatable: false,
        person: { named: /address|url/, act: () => attachToLiving(scene) },
      };
    },
  },
];
