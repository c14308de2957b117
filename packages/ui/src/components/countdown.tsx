import { type CSSProperties, useMemo } from 'react';

const RADIUS = 30;

interface Timing extends CSSProperties {
  '--lasts': string;
  '--gone': string;
}

/** A ring that runs out when the countdown does; the browser moves it, no script runs for it. */
export function Countdown({ from, to }: { readonly from: number; readonly to: number }) {
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
