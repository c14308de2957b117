import { createInterface } from 'node:readline';

export type PromptResult =
  | { readonly kind: 'line'; readonly text: string }
  /** Ctrl-D, or the end of the input. */
  | { readonly kind: 'end' }
  | { readonly kind: 'interrupted' };

/**
 * Reads one line at a time. Between two lines the terminal is in its normal mode, so Ctrl-C during a reply is an ordinary
 * signal.
 */
export class Prompt {
  #history: string[] = [];

  ask(question: string): Promise<PromptResult> {
    const lines = createInterface({
      input: process.stdin,
      output: process.stderr,
      terminal: true,
      history: this.#history,
    });
    return new Promise((resolve) => {
      const answer = (result: PromptResult): void => {
        resolve(result);
        lines.close();
      };
      lines.on('history', (history) => {
        this.#history = history;
      });
      lines.on('line', (text) => answer({ kind: 'line', text }));
      lines.on('SIGINT', () => answer({ kind: 'interrupted' }));
      lines.on('close', () => resolve({ kind: 'end' }));
      lines.setPrompt(question);
      lines.prompt();
    });
  }
}
