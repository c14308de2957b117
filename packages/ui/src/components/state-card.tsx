import { useApp, useSnapshot, useViewState } from '../app-context.tsx';
import { interruptionOf } from '../view-models/chat-rows.ts';
import type { Control } from '../view-models/controls.ts';
import { type StateCard as Model, startOutput, stateCard } from '../view-models/state-card.ts';
import { Button } from './button.tsx';
import { FactList } from './fact-list.tsx';
import { Problem } from './problem.tsx';
import { StateGlyph } from './state-glyph.tsx';
import './state-card.css';
import { type CSSProperties, useEffect, useId, useMemo, useRef, useState } from 'react';

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

/** Says what a stop or restart interrupts before it is made. The safe answer has the focus, and Escape gives it. */
function Confirmation({
  control,
  interruption,
  onClose,
}: {
  readonly control: Control;
  readonly interruption: string;
  readonly onClose: () => void;
}) {
  const { session } = useApp();
  const title = useId();
  const panel = useRef<HTMLDivElement>(null);
  useEffect(() => panel.current?.querySelector('button')?.focus(), []);
  return (
    <div
      className="confirmation"
      role="alertdialog"
      aria-labelledby={title}
      ref={panel}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose();
      }}
    >
      <p id={title}>{interruption}</p>
      <div className="state-controls">
        <Button onPress={onClose}>Wait for it</Button>
        <Button
          rank="danger"
          onPress={() => {
            onClose();
            session.request(control.request);
          }}
        >
          {control.label} anyway
        </Button>
      </div>
    </div>
  );
}

function Controls({
  controls,
  onPress,
}: {
  readonly controls: readonly Control[];
  readonly onPress: (control: Control) => void;
}) {
  return (
    <div className="state-controls">
      {controls.map((control) => (
        <Button
          key={control.id}
          rank={control.rank}
          busy={control.mode === 'working' || control.mode === 'pending'}
          unavailable={control.mode === 'unavailable'}
          onPress={() => onPress(control)}
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
      {card.program === undefined ? null : <span>{card.program}</span>}
      <span>{card.lasted}</span>
      <span>{card.since}</span>
      <span>{card.managedBy}</span>
    </p>
  );
}

function StateSummary({ card, output }: { readonly card: Model; readonly output: string | undefined }) {
  return (
    <div className="state-face">
      <span className="state-glyph">
        {card.countdown === undefined ? null : <Countdown from={card.countdown.from} to={card.countdown.to} />}
        <StateGlyph shape={card.appearance.shape} size={32} />
      </span>
      <div className="state-words">
        <p className="state-word">{card.appearance.label}</p>
        {card.line === undefined ? null : <p className="state-line">{card.line}</p>}
        {output === undefined ? null : <p className="state-output">{output}</p>}
        <Meta card={card} />
      </div>
    </div>
  );
}

/** The main card of the screen: the state, its reason and the buttons. */
export function StateCard() {
  const viewState = useViewState();
  const { session } = useApp();
  const { chat, logs } = useSnapshot();
  const [asked, setAsked] = useState<Control>();
  const card = stateCard(viewState);
  if (card === undefined || viewState.status === undefined) return null;
  const interruption = interruptionOf(chat);
  const confirming =
    asked !== undefined && interruption !== undefined && card.controls.some((one) => one.id === asked.id);
  const press = (control: Control) => {
    const interrupts = control.id === 'stop' || control.id === 'restart';
    const isOurs = viewState.status?.ownership === 'owned';
    if (isOurs && interrupts && interruption !== undefined) setAsked(control);
    else session.request(control.request);
  };
  return (
    <section
      className="state-card"
      aria-label="Gateway"
      data-tone={card.appearance.tone}
      data-state={viewState.status.state}
      data-stale={card.stale === undefined ? undefined : true}
    >
      <div className="state-top">
        <StateSummary card={card} output={startOutput(viewState.status, logs.lines)} />
        <Controls controls={card.controls} onPress={press} />
      </div>
      {confirming ? (
        <Confirmation control={asked} interruption={interruption} onClose={() => setAsked(undefined)} />
      ) : null}
      {card.problem === undefined ? null : <Problem report={card.problem} loud={card.appearance.tone === 'alert'} />}
      <FactList facts={card.facts} layout="strip" />
    </section>
  );
}
