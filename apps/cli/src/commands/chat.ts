import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { type ChatUpdate, type ControlClient, GatewayError } from '@deskclaw/core';
import { describeProblem, type ExitCode, exitCodes } from '@deskclaw/protocol';
import { describeFailedRun } from '../chat/failed-run.ts';
import { sendMessage } from '../chat/send-message.ts';
import { transcriptPrinter } from '../chat/transcript-printer.ts';
import { Interrupted, UsageError } from '../exit.ts';
import { requireRunningGateway } from '../host/wait-for-gateway.ts';
import type { InterruptSignal } from '../interrupts.ts';
import { reportFailure } from '../report-failure.ts';
import type { Shell } from '../shell.ts';

type PromptResult =
  | { readonly kind: 'line'; readonly text: string }
  /** Ctrl-D, or the end of the input. */
  | { readonly kind: 'end' }
  | { readonly kind: 'interrupted' };

/**
 * Reads one line at a time. Between two lines the terminal is in its normal mode, so Ctrl-C during a reply is an ordinary
 * signal.
 */
class Prompt {
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

export interface ChatOptions {
  readonly session: string;
  /** `false`: fails at once while the gateway is being brought back. */
  readonly wait?: boolean | undefined;
}

async function assertReplied(
  shell: Shell,
  client: ControlClient,
  lastUpdate: ChatUpdate,
  interrupted: InterruptSignal | undefined,
): Promise<void> {
  if (interrupted !== undefined) throw new Interrupted(interrupted);
  if (lastUpdate.state === 'error') {
    const facts = await describeFailedRun(shell, client, lastUpdate);
    throw new GatewayError(describeProblem('rpc.error', facts, shell.now()));
  }
  if (lastUpdate.state === 'unconfirmed') {
    const detail = 'The connection broke, and the gateway does not report how the run ended.';
    throw new GatewayError(describeProblem('delivery.unconfirmed', { detail }, shell.now()));
  }
  if (lastUpdate.state === 'aborted') {
    throw new GatewayError(
      describeProblem('aborted', { detail: 'Someone aborted the run before it finished.' }, shell.now()),
    );
  }
}

/** Sends one message and prints its reply. The first Ctrl-C aborts the run at the gateway, the second exits at once. */
async function exchangeMessage(
  shell: Shell,
  client: ControlClient,
  message: string,
  options: ChatOptions,
): Promise<void> {
  const printer = transcriptPrinter(shell);
  const sent = await sendMessage(shell, client, { text: message, sessionKey: options.session }, (update) =>
    printer.show(update),
  );
  let interrupted: InterruptSignal | undefined;
  const release = shell.interrupts.onInterrupt((signal, count) => {
    if (count > 1) {
      shell.interrupts.raise(signal);
      return;
    }
    interrupted = signal;
    shell.message('', 'Aborting the reply. Press Ctrl-C again to exit at once.');
    // If even this fails, the run's own end or the second Ctrl-C is what remains.
    sent.abort().then(
      (wasKnown) => {
        if (!wasKnown) shell.message('The gateway does not know this run.');
      },
      () => shell.message('The gateway did not accept the abort.'),
    );
  });
  shell.detail('the gateway accepted the message');
  try {
    await assertReplied(shell, client, await sent.ended, interrupted);
  } finally {
    release();
  }
}

async function runConversation(shell: Shell, client: ControlClient, options: ChatOptions): Promise<ExitCode> {
  const prompt = new Prompt();
  let hostGone = false;
  void client.closed.then(() => {
    hostGone = true;
  });
  shell.message('Ctrl-C aborts a reply, Ctrl-D ends the conversation.');
  for (;;) {
    const input = await prompt.ask(shell.err.render(shell.err.style.paint('you> ', 'accent')));
    if (input.kind === 'end') return exitCodes.ok;
    if (input.kind === 'interrupted') return exitCodes.interrupted;
    if (input.text.trim() === '') continue;
    try {
      await exchangeMessage(shell, client, input.text, options);
    } catch (error) {
      if (hostGone) throw error;
      // A failed reply does not end the conversation.
      reportFailure(error, { err: shell.err, json: shell.json, profile: shell.namedProfile, now: shell.now() });
    }
  }
}

export async function chat(shell: Shell, message: string | undefined, options: ChatOptions): Promise<ExitCode> {
  const { client } = await requireRunningGateway(shell, { wait: options.wait });
  const firstMessage = message ?? (process.stdin.isTTY ? undefined : (await text(process.stdin)).trim());
  if (firstMessage === '') throw new UsageError('There is no message to send.', 'chat');
  await client.subscribe(['gateway.notification', 'gateway.status']);
  if (firstMessage === undefined) return runConversation(shell, client, options);
  await exchangeMessage(shell, client, firstMessage, options);
  return exitCodes.ok;
}
