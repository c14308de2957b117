/** One way to ask a server over a WebSocket, as the load sees it. */
export interface Peer {
  /** One request with a 200-byte parameter, answered with the same. */
  call(params: Params): Promise<unknown>;
  close(): Promise<void> | void;
}
export interface Params {
  readonly n: number;
  readonly text: string;
}
export type Connect = (url: string) => Promise<Peer>;
