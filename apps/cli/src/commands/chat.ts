import { text } from 'node:stream/consumers';
import { type ChatUpdate, type ControlClient, GatewayError } from '@deskclaw/core';
import { describeProblem, type ExitCode, exitCodes, type ProblemFacts } from '@deskclaw/protocol';
import { openclawWords } from '../chat/openclaw-words.ts';
import { Prompt } from '../chat/prompt.ts';
import { transcriptPrinter } from '../chat/transcript-printer.ts';
import { takeTurn } from '../chat/turn.ts';
import { UsageError } from '../command-line/usage.ts';
import { Interrupted } from '../exit.ts';
import { requireGateway } from '../host-needed.ts';
import type { InterruptSignal } from '../interrupts.ts';
import { reportFailure } from '../settle.ts';
import type { Shell } from '../shell.ts';

export interface ChatOptions {
  readonly session: string;
}

/** What to say of a run that failed. The host may have started another gateway since the conversation began. */
async function failedRun(shell: Shell, client: ControlClient, end: ChatUpdate): Promise<ProblemFacts<'rpc.error'>> {
  const [status, info] = await Promise.all([client.call('gateway.status'), client.call('host.info')]);
  const openclaw = openclawWords(shell, status, info);
  return {
    method: 'chat.send',
    code: 'run failed',
    message: end.error ?? 'the run failed without saying why',
    ...(openclaw === undefined ? {} : { openclaw }),
  };
}

async function checkEnd(
  shell: Shell,
  client: ControlClient,
  end: ChatUpdate,
  interrupted: InterruptSignal | undefined,
): Promise<void> {
  if (interrupted !== undefined) throw new Interrupted(interrupted);
  if (end.state === 'error') {
    const facts = await failedRun(shell, client, end);
    throw new GatewayError(describeProblem('rpc.error', facts, shell.now()));
  }
  if (end.state === 'unconfirmed') {
    const detail = 'The connection broke meanwhile, and the gateway does not tell how the run ended.';
    throw new GatewayError(describeProblem('delivery.unconfirmed', { detail }, shell.now()));
  }
  if (end.state === 'aborted') {
    throw new GatewayError(
      describeProblem('aborted', { detail: 'Somebody aborted the run before it was done.' }, shell.now()),
    );
  }
}

/** One message and its reply. The first Ctrl-C aborts the run at the gateway, a second one leaves at once. */
async function converse(shell: Shell, client: ControlClient, words: string, options: ChatOptions): Promise<void> {
  const printer = transcriptPrinter(shell);
  const turn = await takeTurn(shell, client, { text: words, sessionKey: options.session }, (update) =>
    printer.show(update),
  );
  let interrupted: InterruptSignal | undefined;
  const release = shell.interrupts.take((signal, count) => {
    if (count > 1) {
      shell.interrupts.leave(signal);
      return;
    }
    interrupted = signal;
    shell.message('', 'Aborting the reply. Once more to leave at once.');
    // If even this fails, the run's own end or the second Ctrl-C is what remains.
    turn.abort().then(
      (known) => {
        if (!known) shell.message('The gateway knows no such run.');
      },
      () => shell.message('The gateway did not take the abort.'),
    );
  });
  shell.detail('the gateway took the message');
  try {
    await checkEnd(shell, client, await turn.ended, interrupted);
  } finally {
    release();
  }
}

async function conversation(shell: Shell, client: ControlClient, options: ChatOptions): Promise<ExitCode> {
  const prompt = new Prompt();
  let hostGone = false;
  void client.closed.then(() => {
    hostGone = true;
  });
  shell.message('Ctrl-C aborts a reply, Ctrl-D ends the conversation.');
  for (;;) {
    const asked = await prompt.ask(shell.err.style.paint('you> ', 'accent'));
    if (asked.kind === 'end') return exitCodes.ok;
    if (asked.kind === 'interrupted') return exitCodes.interrupted;
    if (asked.text.trim() === '') continue;
    try {
      await converse(shell, client, asked.text, options);
    } catch (error) {
      if (hostGone) throw error;
      // One reply that failed does not end a conversation.
      reportFailure(error, { err: shell.err, json: shell.json, profile: shell.namedProfile, now: shell.now() });
    }
  }
}

export async function chat(shell: Shell, message: string | undefined, options: ChatOptions): Promise<ExitCode> {
  const { client } = await requireGateway(shell);
  const given = message ?? (process.stdin.isTTY ? undefined : (await text(process.stdin)).trim());
  if (given === '') throw new UsageError('There is no message to send.', 'chat');
  await client.subscribe(['gateway.notification', 'gateway.status']);
  if (given === undefined) return conversation(shell, client, options);
  await converse(shell, client, given, options);
  return exitCodes.ok;
}
