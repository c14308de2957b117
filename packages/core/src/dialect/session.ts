import type { DialectName } from '@deskclaw/protocol';

/** What the peer told us when it accepted us. */
export interface Session {
  readonly dialect: DialectName;
  readonly version?: string;
  readonly protocol?: number;
  /** What the peer lists; absent where it lists nothing. Fit to choose by, never to refuse by: OpenClaw leaves out methods that it has. */
  readonly methods?: readonly string[];
  readonly events?: readonly string[];
  /** What was granted; absent where the peer has no scopes. */
  readonly scopes?: readonly string[];
  /** What we asked for and were not granted. */
  readonly missingScopes?: readonly string[];
  /** The largest message the peer takes, bytes. */
  readonly maxPayload?: number;
  /** The peer drops us when we leave more than this unread, bytes. */
  readonly maxBufferedBytes?: number;
  /** The number of its first event on this connection, where it counts them for each connection anew. */
  readonly firstSeq?: number;
  /** It answers what it has taken on before in other words than what is new to it. */
  readonly marksDuplicates?: true;
  /** The peer promises a frame at least this often, ms. */
  readonly tickIntervalMs?: number;
}
