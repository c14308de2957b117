import { useApp, useViewState } from '../app-context.tsx';
import type { Control } from '../view-models/controls.ts';
import { type StateCard as Model, stateCard } from '../view-models/state-card.ts';
import { Button } from './button.tsx';
import { FactList } from './fact-list.tsx';
import { Problem } from './problem.tsx';
import { StateGlyph } from './state-glyph.tsx';
import './state-card.css';
import { type CSSProperties, useMemo } from 'react';

const RADIUS = 30;

interface Timing extends CSSProperties {
  '--lasts': string;
  '--gone': string;
}

/** A ring that empties with the countdown, animated by CSS without scripts. */
function Countdown({ from, to }: { readonly from: number; readonly to: number }) {
  const timing = useMemo<Timing>(
    () => ({ '--lasts': `${String(Math.max(1, to - from))}ms`, '--gone': `${String(from - Date.now())}ms` }),
    [from, to],
  );
  return (
    <svg className="countdown" key={to} viewBox="0 0 64 64" aria-hidden="true" focusable="false" style={timing}>
      <circle cx="32" cy="32" r={RADIUS} pathLength="1" />
    </svg>
  );
}

function Controls({ controls }: { readonly controls: readonly Control[] }) {
  const { session } = useApp();
  return (
    <div className="state-controls">
      {controls.map((control) => (
        <Button
          key={control.id}
          rank={control.rank}
          busy={control.mode === 'working' || control.mode === 'pending'}
          unavailable={control.mode === 'unavailable'}
          onPress={() => session.request(control.request)}
        >
          {control.label}
        </Button>
      ))}
    </div>
  );
}

function Meta({ card }: { readonly card: Model }) {
  return (
    <p className="state-meta">
      {card.stale === undefined ? null : <strong className="state-stale">{card.stale}</strong>}
      <span>{card.lasted}</span>
      <span>{card.since}</span>
      <span>{card.managedBy}</span>
    </p>
  );
}

function StateSummary({ card }: { readonly card: Model }) {
  return (
    <div className="state-face">
      <span className="state-glyph">
        {card.countdown === undefined ? null : <Countdown from={card.countdown.from} to={card.countdown.to} />}
        <StateGlyph shape={card.appearance.shape} size={32} />
      </span>
      <div className="state-words">
        <p className="state-word">{card.appearance.label}</p>
        {card.line === undefined ? null : <p className="state-line">{card.line}</p>}
        <Meta card={card} />
      </div>
    </div>
  );
}

/** The main card of the screen: the state, its reason and the buttons. */
export function StateCard() {
  const viewState = useViewState();
  const card = stateCard(viewState);
  if (card === undefined || viewState.status === undefined) return null;
  return (
    <section
      className="state-card"
      aria-label="Gateway"
      data-tone={card.appearance.tone}
      data-state={viewState.status.state}
      data-stale={card.stale === undefined ? undefined : true}
    >
      <div className="state-top">
        <StateSummary card={card} />
        <Controls controls={card.controls} />
      </div>
      {card.problem === undefined ? null : <Problem report={card.problem} loud={card.appearance.tone === 'alert'} />}
      <FactList facts={card.facts} layout="strip" />
    </section>
  );
}
