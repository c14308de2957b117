import { memo } from 'react';
import { useSnapshot } from '../app-context.tsx';
import type { ActivityEntry } from '../session/activity.ts';
import { activityRow } from '../view-models/activity-rows.ts';
import { Icon } from './icons.tsx';
import './activity-list.css';

const categoryNames = {
  process: 'Process',
  socket: 'Connection',
  intent: 'Request',
  health: 'Health',
  gateway: 'Gateway',
} as const;

const Row = memo(function Row({ entry }: { readonly entry: ActivityEntry }) {
  const row = activityRow(entry, Date.now());
  return (
    <li className="event" data-tone={row.tone}>
      <span className="event-icon" title={categoryNames[row.lane]}>
        <Icon name={row.lane} size={14} />
        <span className="visually-hidden">{categoryNames[row.lane]}: </span>
      </span>
      <div className="event-words">
        <p className="event-text">
          {row.text}
          {row.repetitions === undefined ? null : <span className="event-times">{row.repetitions}</span>}
        </p>
        {row.detail === undefined ? null : <p className="event-detail">{row.detail}</p>}
      </div>
      <time className="event-time" dateTime={new Date(row.at).toISOString()}>
        {row.time}
      </time>
    </li>
  );
});

export function ActivityList() {
  const { activity: events } = useSnapshot();
  return (
    <section className="panel events" aria-labelledby="events-title">
      <div className="panel-head">
        <h2 id="events-title">Events</h2>
      </div>
      {events.length === 0 ? (
        <p className="empty">No events yet. They appear when the gateway starts, stops or reconnects.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        <ol className="event-rows" tabIndex={0} aria-labelledby="events-title">
          {events.map((entry) => (
            <Row key={entry.id} entry={entry} />
          ))}
        </ol>
      )}
    </section>
  );
}
