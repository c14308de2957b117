import type { ChannelStatus } from '@deskclaw/protocol';

/** An account of a channel, that is a login to its service. Most channels have one. */
export interface ChannelAccount {
  readonly id: string;
  readonly name?: string;
  readonly status: ChannelStatus;
  /** Whether an account is logged in; only for channels with a login by link or QR code. */
  readonly linked?: boolean;
  /** Set when something is missing that the account needs to run, a token for example. */
  readonly unconfigured?: true;
  /** Set when the account runs and the gateway does not say whether it is connected: only a probe of the service tells. */
  readonly unproven?: true;
  /** The gateway does not say how it runs: `status` is a guess (`health` of 2026.2.3-1). */
  readonly unreported?: true;
  /** Latest error, in the gateway's words. */
  readonly error?: string;
}

/** A problem that a user has to solve, and how, in the words of the gateway. */
export interface ChannelIssue {
  readonly message: string;
  readonly fix?: string;
}

/** A channel, in one form for all gateways. */
export interface ChannelView {
  readonly id: string;
  readonly name: string;
  readonly kind?: string;
  /** `connected` only if all enabled accounts are. */
  readonly status: ChannelStatus;
  readonly linked?: boolean;
  readonly error?: string;
  readonly defaultAccount?: string;
  /** Empty if the gateway has no accounts. */
  readonly accounts: readonly ChannelAccount[];
  readonly issues: readonly ChannelIssue[];
}

const worstFirst = ['error', 'disconnected', 'connecting', 'connected'] as const satisfies readonly ChannelStatus[];

/** Returns the worst of these statuses. */
export function worstOf(statuses: readonly ChannelStatus[]): ChannelStatus {
  return worstFirst.find((status) => statuses.includes(status)) ?? 'disconnected';
}

/** The account by that name; without one the default account, or the channel itself where it has no accounts. */
export function accountOf(
  channel: ChannelView,
  accountId: string | undefined,
): Pick<ChannelAccount, 'status' | 'linked' | 'unconfigured' | 'error'> | undefined {
  const { accounts } = channel;
  if (accountId === undefined && accounts.length === 0) return channel;
  const wanted = accountId ?? channel.defaultAccount;
  return accounts.find(({ id }) => id === wanted) ?? (accountId === undefined ? accounts[0] : undefined);
}
