import type { ChannelView } from '@deskclaw/core';
import type { ChannelStatus } from '@deskclaw/protocol';
import { foreignText } from './foreign-text.ts';
import { type Span, span } from './layout.ts';
import type { Glyphs, Style, Tone } from './style.ts';
import { layTable } from './table.ts';

interface Rowed {
  readonly id: string;
  readonly status: ChannelStatus;
  readonly linked?: boolean;
  readonly unconfigured?: true;
  readonly error?: string;
}

const looks = {
  connected: { glyph: 'on', tone: 'good' },
  connecting: { glyph: 'busy', tone: 'warn' },
  disconnected: { glyph: 'off', tone: 'dim' },
  error: { glyph: 'bad', tone: 'bad' },
} as const satisfies Record<ChannelStatus, { readonly glyph: keyof Glyphs; readonly tone: Tone }>;

function because({ linked, unconfigured, error }: Rowed): string {
  const whys = [linked === false ? 'not logged in' : undefined, unconfigured ? 'not set up' : undefined, error];
  return foreignText(whys.filter((why) => why !== undefined).join('; ')).replaceAll('\n', ' ');
}

function row(of: Rowed, name: string, kind: string, glyphs: Glyphs): readonly (Span | string)[] {
  const { glyph, tone } = looks[of.status];
  return [span(glyphs[glyph], tone), foreignText(of.id), foreignText(name), foreignText(kind), of.status, because(of)];
}

/** One row for a channel, and one for each account where there are several. */
export function channelLines(channels: readonly ChannelView[], style: Style): readonly string[] {
  const { glyphs } = style;
  const rows = channels.flatMap((channel) => {
    const { accounts } = channel;
    const own = row(channel, channel.name, channel.kind ?? '', glyphs);
    if (accounts.length < 2) return [own];
    return [own, ...accounts.map((each) => row({ ...each, id: `  ${each.id}` }, each.name ?? '', '', glyphs))];
  });
  return layTable(rows, style, ['', 'channel', 'name', 'kind', 'status', 'because']);
}
