import type { TrayIcon } from '@deskclaw/ui/view-models';

/** The mark of DeskClaw on a 26 x 26 square: a claw that holds. The page draws the same. */
function mark(colour: string): string {
  return `<path d="M14.7 5.7A7.5 7.5 0 1 0 20.3 11.3" fill="none" stroke="${colour}" stroke-width="2.5" stroke-linecap="round"/><circle cx="18.6" cy="7.4" r="2.1" fill="${colour}"/>`;
}
const INK = '#191a17';

/** On the mark's own dark ground, so that the panel's colour does not matter. */
const colours: Readonly<Record<TrayIcon, string>> = {
  running: '#3ecf86',
  working: '#93a9ff',
  caution: '#e5a021',
  stopped: '#c9ccc2',
  alert: '#ff6f5c',
  lost: '#e5a021',
};

/** The state as a form around (0, 0), radius 5: told apart without any colour. */
const badges: Readonly<Record<TrayIcon, string>> = {
  running: '<circle r="4.6" fill="currentColor"/>',
  working:
    '<path d="M0-3.7A3.7 3.7 0 1 1-3.7 0" fill="none" stroke="currentColor" stroke-width="2.3" stroke-linecap="round"/>',
  caution:
    '<g fill="currentColor"><rect x="-4.4" y="-.6" width="2.5" height="5" rx="1"/><rect x="-1.25" y="-4.4" width="2.5" height="8.8" rx="1"/><rect x="1.9" y="-2.2" width="2.5" height="6.6" rx="1"/></g>',
  stopped: '<circle r="3.6" fill="none" stroke="currentColor" stroke-width="2.1"/>',
  alert:
    '<path d="M0-4.2 4.5 3.8h-9Z" fill="currentColor" stroke="currentColor" stroke-width="1.4" stroke-linejoin="round"/>',
  lost: '<path d="M-3.6-3.6 3.6 3.6M3.6-3.6-3.6 3.6" fill="none" stroke="currentColor" stroke-width="2.5" stroke-linecap="round"/>',
};

const AT = 'translate(20 20)';

/** The mark with the state in its corner, in colour. */
export function colourIcon(icon: TrayIcon): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 26 26">
    <rect width="26" height="26" rx="6" fill="${INK}"/>
    <g transform="translate(-.6 -.6)">${mark('#fff')}</g>
    <circle cx="20" cy="20" r="6.6" fill="${INK}"/>
    <g transform="${AT}" color="${colours[icon]}">${badges[icon]}</g></svg>`;
}

/** The icon as a template image: macOS colours it. */
export function templateIcon(icon: TrayIcon): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 26 26" color="#000">
    <mask id="m"><rect width="26" height="26" fill="#fff"/><circle cx="20" cy="20" r="7" fill="#000"/></mask>
    <g mask="url(#m)"><g transform="translate(-2.4 -2.4) scale(1.13)">${mark('#000')}</g></g>
    <g transform="${AT}">${badges[icon]}</g></svg>`;
}

export const appIcon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-1 -1 28 28">
  <rect width="26" height="26" rx="6.5" fill="${INK}"/>${mark('#fff')}</svg>`;
