import { useSnapshot } from '../app-context.tsx';
import { ActivityList } from '../components/activity-list.tsx';
import { ChatBox } from '../components/chat-box.tsx';
import { ConnectionCard } from '../components/connection-card.tsx';
import { FirstRun } from '../components/first-run.tsx';
import { StateCard } from '../components/state-card.tsx';
import { isFirstRun } from '../view-models/first-run.ts';
import './overview.css';

function LoadingPlaceholder() {
  return (
    <div className="opening" aria-hidden="true">
      <span />
      <span />
      <span />
    </div>
  );
}

/** The Overview screen: gateway state, chat, connection and activity. */
export function Overview() {
  const { status, link } = useSnapshot();
  if (status === undefined) {
    return (
      <>
        <h1 className="visually-hidden">Overview</h1>
        {link.name === 'connecting' && link.attempt >= 2 ? null : <LoadingPlaceholder />}
      </>
    );
  }
  if (isFirstRun(status)) return <FirstRun />;
  return (
    <>
      <h1 className="visually-hidden">Overview</h1>
      <StateCard />
      <div className="overview-grid">
        <ChatBox />
        <div className="overview-side">
          <ConnectionCard />
          <ActivityList />
        </div>
      </div>
    </>
  );
}
