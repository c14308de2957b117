import type { ReactNode } from 'react';
import type { StateAppearance } from '../view-models/state-appearance.ts';

const line = { fill: 'none', stroke: 'currentColor', strokeWidth: 2.5, strokeLinecap: 'round' as const };

/** A shape for each state, so that none depends on colour alone. */
const shapes: Readonly<Record<StateAppearance['shape'], ReactNode>> = {
  disc: <circle cx="12" cy="12" r="7" fill="currentColor" />,
  arc: (
    <g className="glyph-turning">
      <circle cx="12" cy="12" r="7.5" {...line} opacity="0.25" />
      <path d="M12 4.5a7.5 7.5 0 0 1 7.5 7.5" {...line} />
    </g>
  ),
  dashes: (
    <g className="glyph-turning glyph-slow">
      <circle cx="12" cy="12" r="7.5" {...line} strokeDasharray="5.2 6.58" />
    </g>
  ),
  square: (
    <>
      <circle cx="12" cy="12" r="8.5" {...line} opacity="0.25" />
      <rect x="8.5" y="8.5" width="7" height="7" rx="1.5" fill="currentColor" />
    </>
  ),
  ring: <circle cx="12" cy="12" r="7" {...line} />,
  bars: (
    <g fill="currentColor">
      <rect x="4.5" y="11" width="3.5" height="7" rx="1.5" />
      <rect x="10.25" y="6" width="3.5" height="12" rx="1.5" />
      <rect x="16" y="9" width="3.5" height="9" rx="1.5" opacity="0.4" />
    </g>
  ),
  triangle: (
    <>
      <path
        d="M12 4 3.5 19h17L12 4Z"
        fill="currentColor"
        stroke="currentColor"
        strokeWidth="2"
        strokeLinejoin="round"
      />
      <path className="glyph-hole" d="M12 9.5v4.2M12 16.3v.1" fill="none" strokeWidth="2" strokeLinecap="round" />
    </>
  ),
  unlinked: (
    <g {...line} strokeWidth={2.2}>
      <path d="M9 15.5 7 17.5a3.3 3.3 0 0 1-4.6-4.6l3-3M15 8.5l2-2a3.3 3.3 0 0 1 4.6 4.6l-3 3" />
      <path d="m5 5 14 14" />
    </g>
  ),
};

export function StateGlyph({ shape, size }: { readonly shape: StateAppearance['shape']; readonly size: number }) {
  return (
    <svg
      className="glyph"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      aria-hidden="true"
      focusable="false"
      data-shape={shape}
    >
      {shapes[shape]}
    </svg>
  );
}
