import type { ChatUpdate } from '@deskclaw/core';
import type { Shell } from '../shell.ts';

/** Prints the growing text of a reply. */
export interface TranscriptPrinter {
  show(update: ChatUpdate): void;
}

/** Returns what to print after `printed` to show `text`: the rest, or the whole text if earlier words changed. */
export function continuation(printed: string, text: string): string {
  if (text.startsWith(printed)) return text.slice(printed.length);
  return printed === '' ? text : `\n${text}`;
}

function plainPrinter(shell: Shell): TranscriptPrinter {
  let printed = '';
  const grow = (text: string): void => {
    shell.out.write(continuation(printed, text));
    printed = text;
  };
  let reported: string | undefined;
  const reportRetry = (error = 'no answer'): void => {
    if (error === reported) return;
    reported = error;
    shell.message(`(the model failed: ${error.replace(/\.$/, '')}; the gateway tries again)`);
  };
  return {
    show: (update) => {
      switch (update.state) {
        case 'status':
          if (update.phase === 'retrying') reportRetry(update.error);
          else shell.detail(update.phase ?? 'working');
          return;
        case 'delta':
          grow(update.text);
          return;
        case 'final':
          grow(update.text);
          if (printed !== '') shell.out.write('\n');
          if (update.noReply === true) shell.message('(no reply)');
          if (update.answeredBy !== undefined) shell.message('(answered together with the message before it)');
          return;
        case 'error':
        case 'unconfirmed':
          if (printed !== '') shell.out.write('\n');
          return;
        case 'aborted':
          if (printed !== '') shell.out.write('\n');
          shell.message('(aborted)');
          return;
        default:
          return update.state satisfies never;
      }
    },
  };
}

export function transcriptPrinter(shell: Shell): TranscriptPrinter {
  return shell.json ? { show: (update) => shell.record('chat', update) } : plainPrinter(shell);
}
