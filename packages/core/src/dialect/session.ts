import type { DialectName } from '@deskclaw/protocol';

/** Facts that the peer stated when it accepted the connection. */
export interface Session {
  readonly dialect: DialectName;
  readonly version?: string;
  readonly protocol?: number;
  /** The methods that the peer lists, if it does. Use it to choose a method, never to refuse one: OpenClaw leaves out methods that it has. */
  readonly methods?: readonly string[];
  readonly events?: readonly string[];
  /** Granted scopes; absent if the peer has none. */
  readonly scopes?: readonly string[];
  /** Requested scopes that were not granted. */
  readonly missingScopes?: readonly string[];
  /** The largest message the peer takes, bytes. */
  readonly maxPayload?: number;
  /** The peer drops us when we leave more than this unread, bytes. */
  readonly maxBufferedBytes?: number;
  /** The number of the first event on this connection, if the peer counts them per connection. */
  readonly firstSeq?: number;
  /** Set when the peer marks the answer to a repeated request as a duplicate. */
  readonly marksDuplicates?: true;
  /** The peer promises a frame at least this often, ms. */
  readonly tickIntervalMs?: number;
}
