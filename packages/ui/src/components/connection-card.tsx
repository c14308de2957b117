import { useSight, useSnapshot } from '../surroundings.tsx';
import { connectionCard } from '../view-models/connection-card.ts';
import { latency } from '../view-models/durations.ts';
import { CopyButton } from './copy-button.tsx';
import { FactList } from './fact-list.tsx';
import { Sparkline } from './sparkline.tsx';
import './connection-card.css';

export function ConnectionCard() {
  const sight = useSight();
  const { latencies } = useSnapshot();
  const card = connectionCard(sight);
  if (card === undefined) return null;
  const newest = latencies.at(-1);
  return (
    <section className="panel connection" aria-labelledby="connection-title" data-tone={card.tone}>
      <div className="panel-head">
        <h2 id="connection-title">Connection</h2>
        <span className="pill">{card.word}</span>
      </div>
      <div className="connection-url">
        <code>{card.url}</code>
        <CopyButton text={card.url} what="address" />
      </div>
      {card.word !== 'Open' || newest === undefined ? null : (
        <Sparkline
          values={latencies}
          label={`The last ${String(latencies.length)} round trips, between ${latency(Math.min(...latencies))} and ${latency(Math.max(...latencies))}`}
        />
      )}
      {card.facts.length === 0 ? null : <FactList facts={card.facts} layout="rows" />}
    </section>
  );
}
