import { ChatBox } from '../components/chat-box.tsx';
import { ConnectionCard } from '../components/connection-card.tsx';
import { EventList } from '../components/event-list.tsx';
import { FirstRun } from '../components/first-run.tsx';
import { StateCard } from '../components/state-card.tsx';
import { useSnapshot } from '../surroundings.tsx';
import { isFirstRun } from '../view-models/first-run.ts';
import './overview.css';

function Opening() {
  return (
    <div className="opening" aria-hidden="true">
      <span />
      <span />
      <span />
    </div>
  );
}

/** What is true now, what happened lately, and a word with the agent. */
export function Overview() {
  const { status, link } = useSnapshot();
  if (status === undefined) {
    return (
      <>
        <h1 className="for-readers">Overview</h1>
        {link.name === 'connecting' && link.attempt >= 2 ? null : <Opening />}
      </>
    );
  }
  if (isFirstRun(status)) return <FirstRun />;
  return (
    <>
      <h1 className="for-readers">Overview</h1>
      <StateCard />
      <div className="overview-grid">
        <ChatBox />
        <div className="overview-side">
          <ConnectionCard />
          <EventList />
        </div>
      </div>
    </>
  );
}
