import { type ChannelStatusEvent, isObject } from '@deskclaw/protocol';
import type { ChannelView } from './channel-view.ts';
import { readChannelsStatus } from './read-channels.ts';

/** The last reported status of each channel, by id. */
export type KnownChannels = ReadonlyMap<string, ChannelStatusEvent>;

export const noKnownChannels: KnownChannels = new Map();

export interface ChannelStep {
  readonly known: KnownChannels;
  readonly events: readonly ChannelStatusEvent[];
}

function eventOf({ id, status, error }: ChannelView): ChannelStatusEvent {
  return { channelId: id, status, ...(error === undefined ? {} : { error }) };
}

function isChange(before: ChannelStatusEvent | undefined, now: ChannelStatusEvent): boolean {
  return before === undefined || before.status !== now.status || before.error !== now.error;
}

function isReported({ accounts }: ChannelView): boolean {
  return !accounts.some(({ unreported: untold }) => untold === true);
}

/** Compares a full list with what is known: reports channels that changed, are new, or are gone. */
function compare(known: KnownChannels, channels: readonly ChannelView[]): ChannelStep {
  const now = new Map(channels.filter(isReported).map((channel) => [channel.id, eventOf(channel)]));
  const changed = [...now.values()].filter((event) => isChange(known.get(event.channelId), event));
  const there = new Set(channels.map(({ id }) => id));
  const gone = [...known.values()].filter(
    ({ channelId, status }) => !there.has(channelId) && status !== 'disconnected',
  );
  const left = gone.map(({ channelId }): ChannelStatusEvent => ({ channelId, status: 'disconnected' }));
  return { known: now, events: [...changed, ...left] };
}

function readChange(params: unknown): ChannelStatusEvent | undefined {
  if (!isObject(params)) return undefined;
  const { channelId, status, error } = params;
  if (typeof channelId !== 'string' || typeof status !== 'string') return undefined;
  return { channelId, status, ...(typeof error === 'string' ? { error } : {}) };
}

/** Reads channel changes from a notification. A JSON-RPC gateway sends each change, in whatever word it has for the status; OpenClaw all channels in its `health`. */
export function reduceChannels(known: KnownChannels, method: string, params: unknown): ChannelStep {
  switch (method) {
    case 'channel.status_changed': {
      const event = readChange(params);
      if (event === undefined) return { known, events: [] };
      return { known: new Map(known).set(event.channelId, event), events: [event] };
    }
    case 'health': {
      const channels = readChannelsStatus(params);
      return channels === undefined ? { known, events: [] } : compare(known, channels);
    }
    default:
      return { known, events: [] };
  }
}
