/** An RPC client as the load uses it. */
export interface Peer {
  /** Sends a request with a 200-byte parameter; the answer echoes it. */
  call(params: Params): Promise<unknown>;
  close(): Promise<void> | void;
}
export interface Params {
  readonly n: number;
  readonly text: string;
}
export type Connect = (url: string) => Promise<Peer>;
