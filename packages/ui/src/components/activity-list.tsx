import { memo } from 'react';
import { useSnapshot } from '../app-context.tsx';
import type { ActivityEntry } from '../session/activity.ts';
import { type ActivityRow, activityRow } from '../view-models/activity-rows.ts';
import { Icon, type IconName } from './icons.tsx';
import './activity-list.css';

const categories: Readonly<Record<ActivityRow['category'], { readonly name: string; readonly icon: IconName }>> = {
  process: { name: 'Process', icon: 'process' },
  connection: { name: 'Connection', icon: 'connection' },
  intent: { name: 'Request', icon: 'intent' },
  health: { name: 'Health', icon: 'health' },
  channel: { name: 'Channel', icon: 'gateway' },
  upgrade: { name: 'Upgrade', icon: 'down' },
  configuration: { name: 'Configuration', icon: 'overview' },
  recovery: { name: 'Recovery', icon: 'auto' },
  clock: { name: 'Clock', icon: 'auto' },
  host: { name: 'Host', icon: 'process' },
  gateway: { name: 'Gateway', icon: 'gateway' },
};

const Row = memo(function Row({ entry }: { readonly entry: ActivityEntry }) {
  const row = activityRow(entry, Date.now());
  const category = categories[row.category];
  return (
    <li className="activity-row" data-tone={row.tone}>
      <span className="activity-icon" title={category.name}>
        <Icon name={category.icon} size={14} />
        <span className="visually-hidden">{category.name}: </span>
      </span>
      <div className="activity-words">
        <p className="activity-text">
          {row.text}
          {row.repetitions === undefined ? null : <span className="activity-times">{row.repetitions}</span>}
        </p>
        {row.detail === undefined ? null : <p className="activity-detail">{row.detail}</p>}
      </div>
      <time className="activity-time" dateTime={new Date(row.at).toISOString()}>
        {row.time}
      </time>
    </li>
  );
});

export function ActivityList() {
  const { activity: events } = useSnapshot();
  return (
    <section className="panel activity" aria-labelledby="activity-title">
      <div className="panel-head">
        <h2 id="activity-title">Activity</h2>
      </div>
      {events.length === 0 ? (
        <p className="empty">No activity yet. Starts, stops, and reconnects of the gateway appear here.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        <ol className="activity-rows" tabIndex={0} aria-labelledby="activity-title">
          {events.map((entry) => (
            <Row key={entry.id} entry={entry} />
          ))}
        </ol>
      )}
    </section>
  );
}
