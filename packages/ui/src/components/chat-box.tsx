import { type KeyboardEvent, useLayoutEffect, useRef, useState } from 'react';
import { useApp, useSnapshot } from '../app-context.tsx';
import { chatAnnouncement, composer } from '../view-models/chat-rows.ts';
import { ChatMessage } from './chat-message.tsx';
import { Icon } from './icons.tsx';
import './chat-box.css';

/** Distance from the end that still counts as following, px. */
const NEAR_END = 40;

function Transcript() {
  const { chat, status } = useSnapshot();
  const list = useRef<HTMLOListElement>(null);
  const [away, setAway] = useState(false);
  const following = useRef(true);

  useLayoutEffect(() => {
    const element = list.current;
    if (element !== null && following.current && chat.messages.length > 0) element.scrollTop = element.scrollHeight;
  }, [chat.messages]);

  function follow(): void {
    const element = list.current;
    if (element === null) return;
    following.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END;
    setAway(!following.current);
  }

  function jump(): void {
    following.current = true;
    setAway(false);
    if (list.current !== null) list.current.scrollTop = list.current.scrollHeight;
  }

  if (chat.messages.length === 0) {
    return (
      <div className="chat-empty">
        <p>{status?.state === 'running' ? 'Send a message to get started' : 'Start the gateway to chat'}</p>
        <p className="empty">
          {status?.state === 'running'
            ? 'The gateway stores the conversation. You can close this page at any time.'
            : 'Chat is available while the gateway is running.'}
        </p>
      </div>
    );
  }
  return (
    <div className="transcript-frame">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <ol className="transcript" ref={list} onScroll={follow} tabIndex={0} aria-label="Conversation">
        {chat.messages.map((message, index) => (
          <ChatMessage key={message.id} message={message} isNewest={index === chat.messages.length - 1} />
        ))}
      </ol>
      {away ? (
        <button type="button" className="jump" onClick={jump}>
          <Icon name="down" size={14} />
          Latest
        </button>
      ) : null}
    </div>
  );
}

function ComposerBox() {
  const { session } = useApp();
  const { status, link } = useSnapshot();
  const [text, setText] = useState('');
  const model = composer({ running: status?.state === 'running', reachable: link.name === 'live' });
  const canSend = model.canSend && text.trim() !== '';

  function send(): void {
    if (!canSend) return;
    session.chat.send(text.trim());
    setText('');
  }

  function press(event: KeyboardEvent): void {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  }

  return (
    <div className="composer">
      <textarea
        aria-label="Message to the agent"
        placeholder={model.placeholder}
        rows={1}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={press}
      />
      <button
        type="button"
        className="send"
        aria-label="Send"
        title="Send (Enter)"
        aria-disabled={canSend ? undefined : true}
        onClick={send}
      >
        <Icon name="send" />
      </button>
    </div>
  );
}

/** The chat card: transcript and composer. */
export function ChatBox() {
  const { chat } = useSnapshot();
  return (
    <section className="panel chat" aria-labelledby="chat-title">
      <div className="panel-head">
        <h2 id="chat-title">Chat</h2>
      </div>
      <Transcript />
      <ComposerBox />
      <span className="visually-hidden" role="status">
        {chatAnnouncement(chat)}
      </span>
    </section>
  );
}
