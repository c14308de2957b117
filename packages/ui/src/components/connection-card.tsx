import { useSnapshot, useViewState } from '../app-context.tsx';
import { connectionCard } from '../view-models/connection-card.ts';
import { formatLatency } from '../view-models/durations.ts';
import { CopyButton } from './copy-button.tsx';
import { FactList } from './fact-list.tsx';
import { HealthEvidence } from './health-evidence.tsx';
import './connection-card.css';

const WIDTH = 240;
const HEIGHT = 44;
/** Fewer than `least` have no shape yet, and more than `most` no room. */
const SPARKLINE_VALUES = { least: 8, most: 60 } as const;

function path(values: readonly number[]): string {
  const top = Math.max(...values, 1) * 1.15;
  const step = WIDTH / (values.length - 1);
  return values
    .map(
      (value, index) =>
        `${index === 0 ? 'M' : 'L'}${(index * step).toFixed(1)} ${(HEIGHT - 2 - (value / top) * (HEIGHT - 6)).toFixed(1)}`,
    )
    .join('');
}

/** The shape of the last round trips; the numbers stand beside it. */
function Sparkline({ values, label }: { readonly values: readonly number[]; readonly label: string }) {
  const line = path(values);
  return (
    <svg
      className="sparkline"
      viewBox={`0 0 ${String(WIDTH)} ${String(HEIGHT)}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <path className="sparkline-area" d={`${line}L${String(WIDTH)} ${String(HEIGHT)}L0 ${String(HEIGHT)}Z`} />
      <path className="sparkline-line" d={line} vectorEffect="non-scaling-stroke" />
    </svg>
  );
}

/** Sparkline of recent round trips with its range. */
function RoundTrips({ latencies }: { readonly latencies: readonly number[] }) {
  const shown = latencies.slice(-SPARKLINE_VALUES.most);
  if (shown.length < SPARKLINE_VALUES.least) return null;
  const span = `${formatLatency(Math.min(...shown))} to ${formatLatency(Math.max(...shown))}`;
  return (
    <div className="round-trips">
      <Sparkline values={shown} label={`The last ${String(shown.length)} round trips, ${span}`} />
      <p className="round-trips-span" aria-hidden="true">
        <span>Last {shown.length} round trips</span>
        <span>{span}</span>
      </p>
    </div>
  );
}

export function ConnectionCard() {
  const viewState = useViewState();
  const { latencies } = useSnapshot();
  const card = connectionCard(viewState);
  if (card === undefined) return null;
  return (
    <section className="panel connection" aria-labelledby="connection-title" data-tone={card.tone}>
      <div className="panel-head">
        <h2 id="connection-title">Connection</h2>
        <span className="pill">{card.word}</span>
      </div>
      {card.url === undefined ? (
        <p className="empty">{card.isNext ? 'Next start: port picked automatically' : 'Port: picked automatically'}</p>
      ) : (
        <div className="connection-url">
          {card.isNext ? <span className="connection-next">Next start:</span> : null}
          <code>{card.url}</code>
          {card.isNext ? null : <CopyButton text={card.url} what="address" />}
        </div>
      )}
      {card.word === 'Open' ? <RoundTrips latencies={latencies} /> : null}
      {card.facts.length === 0 ? null : <FactList facts={card.facts} layout="rows" />}
      <HealthEvidence />
    </section>
  );
}
