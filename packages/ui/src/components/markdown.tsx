import { type Block, type Inline, parseMarkdown } from '../view-models/markdown.ts';
import './markdown.css';

/** Parts of one text never move, so the index is a valid key. */
function Inlines({ inlines }: { readonly inlines: readonly Inline[] }) {
  return inlines.map(({ kind, text }, index) => {
    const key = String(index);
    switch (kind) {
      case 'plain':
        return text;
      case 'code':
        return <code key={key}>{text}</code>;
      case 'strong':
        return <strong key={key}>{text}</strong>;
      case 'emphasis':
        return <em key={key}>{text}</em>;
      default:
        return kind satisfies never;
    }
  });
}

function Items({ items }: { readonly items: readonly (readonly Inline[])[] }) {
  return items.map((inlines, index) => (
    <li key={String(index)}>
      <Inlines inlines={inlines} />
    </li>
  ));
}

function One({ block }: { readonly block: Block }) {
  if (block.kind !== 'list') {
    return (
      <p className={block.kind === 'heading' ? 'prose-heading' : undefined}>
        <Inlines inlines={block.inlines} />
      </p>
    );
  }
  return block.from === undefined ? (
    <ul>
      <Items items={block.items} />
    </ul>
  ) : (
    <ol start={block.from}>
      <Items items={block.items} />
    </ol>
  );
}

/** Renders the Markdown subset of agent messages. */
export function Markdown({ text }: { readonly text: string }) {
  return parseMarkdown(text).map((block, index) => <One key={String(index)} block={block} />);
}
