/** A JSON-RPC gateway that answers with numbers no double holds, or with the text of the request. */
import { WebSocketServer } from 'ws';

const big =
  '{"id":1915883588174806058,"neg":-9007199254740993,"f":0.1000000000000000055511151231257827,"e":1e400,"one":1.0,"zero":-0,"s":"1915883588174806058"}';

new WebSocketServer({ port: Number(process.argv[2]), host: '127.0.0.1' }).on('connection', (socket) => {
  socket.on('message', (data: Buffer) => {
    const text = data.toString();
    const { id, method } = JSON.parse(text) as { readonly id?: unknown; readonly method: string };
    if (id === undefined) return;
    const result = method === 'big' ? big : JSON.stringify(method === 'echo' ? { received: text } : { ok: true });
    socket.send(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${result}}`);
  });
});
