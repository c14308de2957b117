import { memo, useState } from 'react';
import { useApp } from '../app-context.tsx';
import type { Message } from '../chat/conversation.ts';
import { type ChatRow, chatRow, segments } from '../view-models/chat-rows.ts';
import { Button } from './button.tsx';
import { Markdown } from './markdown.tsx';

/** Characters shown before "Show more". */
const FOLDED = 4_000;

function Text({ row }: { readonly row: ChatRow }) {
  const [unfolded, setUnfolded] = useState(false);
  const long = row.text.length > FOLDED;
  const shown = long && !unfolded ? row.text.slice(0, FOLDED) : row.text;
  return (
    <>
      <div className="message-text">
        {segments(shown).map((segment, index) =>
          segment.kind === 'code' ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one text never change places
            <pre key={index}>{segment.text}</pre>
          ) : row.author === 'user' ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one text never change places
            <p key={index}>{segment.text}</p>
          ) : (
            // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one text never change places
            <Markdown key={index} text={segment.text} />
          ),
        )}
        {row.streaming ? <span className="caret" aria-hidden="true" /> : null}
      </div>
      {long || row.length > row.text.length ? (
        <p className="message-note">
          {unfolded || !long
            ? `The first ${row.text.length.toLocaleString('en')}`
            : `The first ${FOLDED.toLocaleString('en')}`}{' '}
          of {row.length.toLocaleString('en')} characters
          {long ? (
            <button type="button" className="text-button" onClick={() => setUnfolded(!unfolded)}>
              {unfolded ? 'Show less' : 'Show more'}
            </button>
          ) : null}
        </p>
      ) : null}
    </>
  );
}

function Actions({ row }: { readonly row: ChatRow }) {
  const { chat } = useApp().session;
  const { runId } = row;
  if (row.can.length === 0) return null;
  return (
    <div className="message-actions">
      {row.can.includes('stop') && runId !== undefined ? (
        <Button rank="quiet" icon="stop" onPress={() => chat.stop(runId)}>
          Stop reply
        </Button>
      ) : null}
      {row.can.includes('resend') ? <Button onPress={() => chat.resend(row.id)}>Send again</Button> : null}
      {row.can.includes('discard') ? (
        <Button rank="quiet" onPress={() => chat.discard(row.id)}>
          Discard
        </Button>
      ) : null}
    </div>
  );
}

export const ChatMessage = memo(function ChatMessage({ message }: { readonly message: Message }) {
  const row = chatRow(message);
  return (
    <li className="message" data-author={row.author} data-status={row.status}>
      <span className="visually-hidden">{row.author === 'user' ? 'You:' : 'Agent:'}</span>
      {row.text === '' ? null : <Text row={row} />}
      {row.note === undefined ? null : <p className="message-note">{row.note}</p>}
      <Actions row={row} />
    </li>
  );
});
