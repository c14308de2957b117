/** Counters since the creation of the peer, for snapshots and diagnosis. */
export interface PeerCounters {
  /** Requests made by our side. */
  requests: number;
  /** Settled with a result, and with an error of the peer. */
  results: number;
  errors: number;
  timedOut: number;
  cancelled: number;
  /** Rejected because the connection was lost or closed. */
  lost: number;
  overloaded: number;
  /** Sent a second time after a lost connection. */
  resent: number;
  /** Replies that came after their request had been given up. */
  lateReplies: number;
  /** Replies to what was already answered, and to what was never asked. */
  duplicateReplies: number;
  unknownReplies: number;
  malformedReplies: number;
  notifications: number;
  /** Requests of the peer. */
  served: number;
  invalidFrames: number;
  /** Answers that waited until the peer had read earlier ones. */
  delayedAnswers: number;
}

export function startCounters(): PeerCounters {
  return {
    requests: 0,
    results: 0,
    errors: 0,
    timedOut: 0,
    cancelled: 0,
    lost: 0,
    overloaded: 0,
    resent: 0,
    lateReplies: 0,
    duplicateReplies: 0,
    unknownReplies: 0,
    malformedReplies: 0,
    notifications: 0,
    served: 0,
    invalidFrames: 0,
    delayedAnswers: 0,
  };
}
