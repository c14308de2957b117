import type { ReactNode } from 'react';
import { Icon, type IconName } from './icons.tsx';
import './button.css';

interface ButtonProps {
  readonly children: ReactNode;
  readonly onPress: () => void;
  readonly rank?: 'primary' | 'secondary' | 'quiet' | 'danger';
  readonly icon?: IconName;
  /** Asked and not yet done: still focusable, so that the keyboard does not lose its place. */
  readonly busy?: boolean;
  readonly unavailable?: boolean;
  readonly title?: string;
}

export function Button({
  children,
  onPress,
  rank = 'secondary',
  icon,
  busy = false,
  unavailable = false,
  title,
}: ButtonProps) {
  const idle = !busy && !unavailable;
  return (
    <button
      type="button"
      className="button"
      data-rank={rank}
      data-busy={busy || undefined}
      aria-disabled={idle ? undefined : true}
      aria-busy={busy || undefined}
      title={title}
      onClick={idle ? onPress : undefined}
    >
      {busy ? <span className="button-spinner" aria-hidden="true" /> : icon === undefined ? null : <Icon name={icon} />}
      {children}
    </button>
  );
}

interface IconButtonProps {
  readonly icon: IconName;
  readonly label: string;
  readonly onPress: () => void;
}

export function IconButton({ icon, label, onPress }: IconButtonProps) {
  return (
    <button type="button" className="icon-button" aria-label={label} title={label} onClick={onPress}>
      <Icon name={icon} />
    </button>
  );
}
