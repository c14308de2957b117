import { useEffect, useState } from 'react';
import { useApp } from '../app-context.tsx';
import { Icon } from './icons.tsx';

const SHOWN_MS = 1_600;

interface CopyButtonProps {
  /** A function where the text is long and seldom wanted. */
  readonly text: string | (() => string);
  /** Name of the copied value, e.g. "pid" or "address". */
  readonly what: string;
  /** Shown beside the icon; without it the icon stands alone. */
  readonly label?: string;
}

export function CopyButton({ text, what, label }: CopyButtonProps) {
  const { platform } = useApp();
  const [result, setResult] = useState<'none' | 'copied' | 'failed'>('none');
  useEffect(() => {
    if (result === 'none') return;
    const timer = setTimeout(() => setResult('none'), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [result]);

  function copy(): void {
    platform.copyText(typeof text === 'string' ? text : text()).then(
      () => setResult('copied'),
      () => setResult('failed'),
    );
  }

  return (
    <button
      type="button"
      className={label === undefined ? 'icon-button' : 'button'}
      data-rank="quiet"
      data-result={result}
      aria-label={label === undefined ? `Copy ${what}` : undefined}
      title={`Copy ${what}`}
      onClick={copy}
    >
      <Icon
        name={result === 'copied' ? 'copied' : result === 'failed' ? 'close' : 'copy'}
        size={label === undefined ? 14 : 16}
      />
      {label}
      <span className="visually-hidden" role="status">
        {result === 'copied' ? 'Copied' : result === 'failed' ? 'Copy failed' : ''}
      </span>
    </button>
  );
}
