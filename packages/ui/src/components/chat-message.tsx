import { memo, useState } from 'react';
import { useApp } from '../app-context.tsx';
import type { Message } from '../chat/conversation.ts';
import { type ChatRow, chatRow, FOLDED_CHARACTERS, foldText, segments } from '../view-models/chat-rows.ts';
import { Button } from './button.tsx';
import { Markdown } from './markdown.tsx';

/** `isNewest`: the last message is what one reads now, and is never shortened; nor is one that is still being written. */
function Text({ row, isNewest }: { readonly row: ChatRow; readonly isNewest: boolean }) {
  const [unfolded, setUnfolded] = useState(false);
  const canFold = !isNewest && !row.streaming && row.text.length > FOLDED_CHARACTERS;
  const shown = canFold && !unfolded ? foldText(row.text) : { text: row.text, hidden: 0 };
  const missing = row.length - row.text.length + shown.hidden;
  return (
    <>
      {missing > 0 || canFold ? (
        <p className="message-note">
          {missing > 0
            ? `The first ${missing.toLocaleString('en')} of ${row.length.toLocaleString('en')} characters are not shown.`
            : null}
          {canFold ? (
            <button type="button" className="text-button" onClick={() => setUnfolded(!unfolded)}>
              {unfolded ? 'Show less' : 'Show more'}
            </button>
          ) : null}
        </p>
      ) : null}
      <div className="message-text">
        {segments(shown.text).map((segment, index) =>
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

export const ChatMessage = memo(function ChatMessage({
  message,
  isNewest,
}: {
  readonly message: Message;
  readonly isNewest: boolean;
}) {
  const row = chatRow(message);
  return (
    <li className="message" data-author={row.author} data-status={row.status}>
      <span className="visually-hidden">{row.author === 'user' ? 'You:' : 'Agent:'}</span>
      {row.text === '' ? null : <Text row={row} isNewest={isNewest} />}
      {row.note === undefined ? null : <p className="message-note">{row.note}</p>}
      <Actions row={row} />
    </li>
  );
});
