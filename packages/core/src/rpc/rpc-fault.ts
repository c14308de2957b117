/** Thrown by a request handler to answer with this very error. Any other error is answered as -32603 and tells nothing of our insides. */
export class RpcFault extends Error {
  readonly code: number;
  declare readonly data?: unknown;

  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.name = 'RpcFault';
    this.code = code;
    if (data !== undefined) this.data = data;
  }
}
