import type { ReactNode } from 'react';

export type IconName =
  | 'overview'
  | 'logs'
  | 'copy'
  | 'copied'
  | 'sun'
  | 'moon'
  | 'auto'
  | 'send'
  | 'stop'
  | 'close'
  | 'warning'
  | 'down'
  | 'right'
  | 'process'
  | 'connection'
  | 'intent'
  | 'health'
  | 'gateway'
  | 'yes'
  | 'no'
  | 'open';

/** Drawn on a 16 px grid with one stroke, so that they sit with the text. */
const drawings: Readonly<Record<IconName, ReactNode>> = {
  overview: <path d="M2.5 9.5a5.5 5.5 0 1 1 11 0M8 9.5l2.6-3M2.5 12.5h11" />,
  logs: <path d="M3 4h10M3 8h7M3 12h9" />,
  copy: (
    <>
      <rect x="5.5" y="5.5" width="8" height="8" rx="2" />
      <path d="M10.5 3.2A1.7 1.7 0 0 0 9 2.5H4.5a2 2 0 0 0-2 2V9c0 .6.3 1.2.7 1.5" />
    </>
  ),
  copied: <path d="m3 8.5 3.2 3.2L13 4.8" />,
  sun: (
    <>
      <circle cx="8" cy="8" r="2.7" />
      <path d="M8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9" />
    </>
  ),
  moon: <path d="M13.3 9.6A5.6 5.6 0 0 1 6.4 2.7a5.6 5.6 0 1 0 6.9 6.9Z" />,
  auto: (
    <>
      <circle cx="8" cy="8" r="5.7" />
      <path d="M8 2.3v11.4A5.7 5.7 0 0 0 8 2.3Z" fill="currentColor" />
    </>
  ),
  send: <path d="M8 13V3.5M3.8 7.5 8 3.3l4.2 4.2" />,
  stop: <rect x="4.5" y="4.5" width="7" height="7" rx="1.5" fill="currentColor" />,
  close: <path d="m4 4 8 8M12 4l-8 8" />,
  warning: <path d="M8 2.4 1.8 13.2h12.4L8 2.4ZM8 6.5v3.2M8 11.4v.1" />,
  down: <path d="M8 3v9.5M4 8.8l4 4 4-4" />,
  right: <path d="M3.5 8h9M8.8 4l4 4-4 4" />,
  process: (
    <>
      <rect x="3.5" y="3.5" width="9" height="9" rx="2" />
      <path d="M6.5 1.5v2M9.5 1.5v2M6.5 12.5v2M9.5 12.5v2M1.5 6.5h2M1.5 9.5h2M12.5 6.5h2M12.5 9.5h2" />
    </>
  ),
  connection: (
    <path d="M6.6 9.4a2.6 2.6 0 0 0 3.7 0l2.6-2.6a2.6 2.6 0 0 0-3.7-3.7l-.9.9M9.4 6.6a2.6 2.6 0 0 0-3.7 0L3.1 9.2a2.6 2.6 0 0 0 3.7 3.7l.9-.9" />
  ),
  intent: (
    <>
      <circle cx="8" cy="5" r="2.5" />
      <path d="M3 13.5c.5-2.6 2.5-4 5-4s4.5 1.4 5 4" />
    </>
  ),
  health: <path d="M1.5 8.5h3l1.5-4 3 7.5 1.8-5 .8 1.5h3" />,
  gateway: (
    <>
      <path d="M2.5 4.5a2 2 0 0 1 2-2h7a2 2 0 0 1 2 2v4.5a2 2 0 0 1-2 2H7l-3 2.5V11a2 2 0 0 1-1.5-2Z" />
    </>
  ),
  yes: <path d="m3 8.5 3.2 3.2L13 4.8" />,
  no: <path d="m4 4 8 8M12 4l-8 8" />,
  open: <circle cx="8" cy="8" r="4" strokeDasharray="2.5 2.5" />,
};

export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg
      className="icon"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {drawings[name]}
    </svg>
  );
}
