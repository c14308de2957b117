/** The way to the host as this screen has it. Times are epoch ms. */
export type HostLink =
  /** Never reached since the screen opened. */
  | ({ readonly name: 'connecting'; readonly since: number } & Attempt)
  | { readonly name: 'live'; readonly since: number }
  /** Was reached and is gone: what is shown is as of `since`. */
  | ({
      readonly name: 'lost';
      readonly since: number;
      /** It said itself that it ends. */
      readonly graceful: boolean;
    } & Attempt);

export interface Attempt {
  /** Failed attempts so far. */
  readonly attempt: number;
  /** Absent while an attempt is being made. */
  readonly retryAt?: number;
  /** Why the last one failed or ended, in words. */
  readonly reason?: string;
}
