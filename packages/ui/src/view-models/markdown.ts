/** A stretch of a line. Whatever an agent writes stays text: no markup of its own ever reaches the page. */
export interface Inline {
  readonly kind: 'plain' | 'code' | 'strong' | 'emphasis';
  readonly text: string;
}

export type Block =
  | { readonly kind: 'paragraph' | 'heading'; readonly inlines: readonly Inline[] }
  | {
      readonly kind: 'list';
      /** Where its numbers begin; absent: bullets. */
      readonly from?: number;
      readonly items: readonly (readonly Inline[])[];
    };

/** Each alternative stays within its line and cannot overlap another: the time grows with the text alone. */
const inlinePattern = /`([^`\n]+)`|\*\*([^*\n]+)\*\*|(?<![*\w])\*([^*\s][^*\n]*)\*(?![*\w])/gu;

export function inlines(text: string): readonly Inline[] {
  const found: Inline[] = [];
  let at = 0;
  for (const match of text.matchAll(inlinePattern)) {
    const [whole, code, strong, emphasis] = match;
    if (match.index > at) found.push({ kind: 'plain', text: text.slice(at, match.index) });
    if (code !== undefined) found.push({ kind: 'code', text: code });
    else if (strong !== undefined) found.push({ kind: 'strong', text: strong });
    else if (emphasis !== undefined) found.push({ kind: 'emphasis', text: emphasis });
    at = match.index + whole.length;
  }
  if (at < text.length) found.push({ kind: 'plain', text: text.slice(at) });
  return found;
}

interface Open {
  readonly kind: 'paragraph' | 'bullets' | 'numbers';
  readonly from: number;
  /** A paragraph has one entry, a list one for each item. */
  readonly entries: string[];
}

type Line =
  | { readonly kind: 'blank' | 'heading' | 'text' | 'bullets' | 'continued'; readonly text: string }
  | { readonly kind: 'numbers'; readonly text: string; readonly from: number };

function read(line: string): Line {
  if (line.trim() === '') return { kind: 'blank', text: '' };
  const heading = /^#{1,6} +(?<text>.*)$/u.exec(line)?.groups?.['text'];
  if (heading !== undefined) return { kind: 'heading', text: heading };
  const bullet = /^ {0,6}[-*+•] +(?<text>.*)$/u.exec(line)?.groups?.['text'];
  if (bullet !== undefined) return { kind: 'bullets', text: bullet };
  const number = /^ {0,6}(?<from>\d{1,4})[.)] +(?<text>.*)$/u.exec(line)?.groups;
  if (number?.['text'] !== undefined) return { kind: 'numbers', text: number['text'], from: Number(number['from']) };
  return { kind: line.startsWith('  ') ? 'continued' : 'text', text: line };
}

function closed({ kind, from, entries }: Open): Block {
  const items = entries.map(inlines);
  if (kind === 'paragraph') return { kind, inlines: items[0] ?? [] };
  return kind === 'bullets' ? { kind: 'list', items } : { kind: 'list', from, items };
}

/** The little of Markdown that agents write all the time: paragraphs, headings, lists, and marks within a line. */
export function parseMarkdown(text: string): readonly Block[] {
  const blocks: Block[] = [];
  let open: Open | undefined;
  const close = () => {
    if (open !== undefined) blocks.push(closed(open));
    open = undefined;
  };
  for (const raw of text.split('\n')) {
    const line = read(raw);
    const within = open?.entries.length ?? 0;
    switch (line.kind) {
      case 'blank':
        close();
        break;
      case 'heading':
        close();
        blocks.push({ kind: 'heading', inlines: inlines(line.text) });
        break;
      case 'bullets':
      case 'numbers':
        if (open?.kind !== line.kind) {
          close();
          open = { kind: line.kind, from: line.kind === 'numbers' ? line.from : 0, entries: [] };
        }
        open.entries.push(line.text);
        break;
      case 'text':
      case 'continued':
        if (open === undefined || (line.kind === 'text' && open.kind !== 'paragraph')) {
          close();
          open = { kind: 'paragraph', from: 0, entries: [line.text] };
        } else {
          open.entries[within - 1] =
            `${open.entries[within - 1] ?? ''}\n${open.kind === 'paragraph' ? line.text : line.text.trim()}`;
        }
        break;
      default:
        line satisfies never;
    }
  }
  close();
  return blocks;
}
