import { type Channel, type ChannelStatus, isObject } from '@deskclaw/protocol';
import { type ChannelIssue, type ChannelView, worstOf } from './channel-view.ts';
import { isMeantToRun, readAccount } from './openclaw-account.ts';

type JsonRecord = Readonly<Record<string, unknown>>;

const statuses = ['connected', 'disconnected', 'connecting', 'error'] as const satisfies readonly ChannelStatus[];

function readStatus(value: unknown): ChannelStatus | undefined {
  return statuses.find((status) => status === value);
}

/** A channel of `channels.list` and `channels.get`; `undefined` for what is none. */
function readListedChannel(value: unknown): ChannelView | undefined {
  if (!isObject(value)) return undefined;
  const { id, name, kind, error, linked } = value satisfies JsonRecord as Partial<Record<keyof Channel, unknown>>;
  const status = readStatus(value['status']);
  if (typeof id !== 'string' || id === '' || status === undefined) return undefined;
  return {
    id,
    name: typeof name === 'string' && name !== '' ? name : id,
    ...(typeof kind === 'string' ? { kind } : {}),
    status,
    ...(typeof linked === 'boolean' ? { linked } : {}),
    ...(typeof error === 'string' ? { error } : {}),
    accounts: [],
    issues: [],
  };
}

/** What `channels.list` answers. */
export function readChannelList(answer: unknown): readonly ChannelView[] {
  const listed: readonly unknown[] = isObject(answer) && Array.isArray(answer['channels']) ? answer['channels'] : [];
  return listed.map(readListedChannel).filter((channel) => channel !== undefined);
}

function within(fields: JsonRecord, key: string, id: string): unknown {
  const part = fields[key];
  return isObject(part) && Object.hasOwn(part, id) ? part[id] : undefined;
}

/** A list in `channels.status`, by name inside the channel in `health`; the summary alone is an account too. */
function accountRecords(answer: JsonRecord, id: string): readonly JsonRecord[] {
  const summary = within(answer, 'channels', id);
  const listed = within(answer, 'channelAccounts', id);
  if (Array.isArray(listed) && listed.some(isObject)) return listed.filter(isObject);
  if (!isObject(summary)) return [];
  const named = summary['accounts'];
  const held = isObject(named) ? Object.values(named).filter(isObject) : [];
  return held.length > 0 ? held : [summary];
}

function issuesOf(answer: JsonRecord, id: string): readonly ChannelIssue[] {
  const all: readonly unknown[] = Array.isArray(answer['statusIssues']) ? answer['statusIssues'] : [];
  return all.flatMap((issue) => {
    if (!isObject(issue) || issue['channel'] !== id || typeof issue['message'] !== 'string') return [];
    const { message, fix } = issue;
    return [{ message, ...(typeof fix === 'string' ? { fix } : {}) }];
  });
}

function readOne(answer: JsonRecord, id: string): ChannelView {
  const fields = accountRecords(answer, id);
  const accounts = fields.map((account) => readAccount(account));
  const meant = accounts.filter((_, index) => isMeantToRun(fields[index] ?? {}));
  const label = within(answer, 'channelLabels', id);
  const kind = within(answer, 'channelDetailLabels', id);
  const defaultAccount = within(answer, 'channelDefaultAccountId', id);
  const links = accounts.map(({ linked }) => linked).filter((linked) => linked !== undefined);
  const error = (meant.length > 0 ? meant : accounts).find((account) => account.error !== undefined)?.error;
  return {
    id,
    name: typeof label === 'string' ? label : id,
    ...(typeof kind === 'string' ? { kind } : {}),
    status: worstOf(meant.map(({ status }) => status)),
    ...(links.length === 0 ? {} : { linked: links.every((linked) => linked) }),
    ...(error === undefined ? {} : { error }),
    ...(typeof defaultAccount === 'string' ? { defaultAccount } : {}),
    accounts,
    issues: issuesOf(answer, id),
  };
}

/** Reads the channels from OpenClaw's answer to `channels.status` or `health`. Returns `undefined` if it has none. */
export function readChannelsStatus(answer: unknown): readonly ChannelView[] | undefined {
  if (!isObject(answer) || !isObject(answer['channels'])) return undefined;
  const order: readonly unknown[] = Array.isArray(answer['channelOrder']) ? answer['channelOrder'] : [];
  const ids = new Set(order.filter((id) => typeof id === 'string'));
  for (const id of Object.keys(answer['channels'])) ids.add(id);
  return [...ids].map((id) => readOne(answer, id));
}

/** Whether something runs of which only a probe of the service would tell whether it is connected (2026.2.3-1). */
export function needsProbe(channels: readonly ChannelView[]): boolean {
  return channels.some(({ accounts }) => accounts.some(({ unproven }) => unproven === true));
}
