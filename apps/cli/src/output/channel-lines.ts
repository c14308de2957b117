import type { ChannelView } from '@deskclaw/core';
import type { ChannelStatus } from '@deskclaw/protocol';
import { layTable, type Span, span } from './layout.ts';
import type { Glyphs, Style, Tone } from './style.ts';

interface ChannelRow {
  readonly id: string;
  readonly status: ChannelStatus;
  readonly linked?: boolean;
  readonly unconfigured?: true;
  readonly error?: string;
}

const appearances = {
  connected: { glyph: 'on', tone: 'good' },
  connecting: { glyph: 'busy', tone: 'warn' },
  disconnected: { glyph: 'off', tone: 'dim' },
  error: { glyph: 'bad', tone: 'bad' },
} as const satisfies Record<ChannelStatus, { readonly glyph: keyof Glyphs; readonly tone: Tone }>;

function reasonText({ linked, unconfigured, error }: ChannelRow): string {
  const reasons = [linked === false ? 'not logged in' : undefined, unconfigured ? 'not set up' : undefined, error];
  return reasons.filter((reason) => reason !== undefined).join('; ');
}

function row(item: ChannelRow, name: string, kind: string, glyphs: Glyphs): readonly (Span | string)[] {
  const { glyph, tone } = appearances[item.status];
  return [span(glyphs[glyph], tone), item.id, name, kind, item.status, reasonText(item)];
}

/** Returns one row per channel, plus one per account if there are several. */
export function channelLines(channels: readonly ChannelView[], style: Style): readonly string[] {
  const { glyphs } = style;
  const rows = channels.flatMap((channel) => {
    const { accounts } = channel;
    const own = row(channel, channel.name, channel.kind ?? '', glyphs);
    if (accounts.length < 2) return [own];
    return [own, ...accounts.map((each) => row({ ...each, id: `  ${each.id}` }, each.name ?? '', '', glyphs))];
  });
  return layTable(rows, style, ['', 'channel', 'name', 'kind', 'status', 'reason']);
}
