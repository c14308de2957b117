import { GatewayError } from '@deskclaw/core';
import { loadConfig, profileRedactor, resolvePaths } from '@deskclaw/host';
import { isObject, type Problem } from '@deskclaw/protocol';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { type CapturedCommand, CommandRunner } from '../output/command-runner.ts';
import { addProfileFlag, problemLines } from '../output/problem.ts';
import type { Shell } from '../shell.ts';

export type Action = 'start' | 'stop' | 'restart';

/** Returns what the settings allow now. @throws GatewayError `config.invalid` */
export function allowedActions(shell: Shell): readonly Action[] {
  const { config } = resolvePaths({ name: shell.profile, env: shell.env });
  return loadConfig(config, shell.profile, shell.env).settings.mcp?.allow ?? [];
}

const asciiMarks = { on: '*', off: 'o', busy: '~', bad: 'x', arrow: '->', ellipsis: '...', spinner: ['|'] };

/** Answers for the tools: the structured document of a command, a text of the same, or the problem. Secrets are redacted last of all. */
export class ToolAnswers {
  readonly #shell: Shell;
  readonly #runner: CommandRunner;

  constructor(shell: Shell) {
    this.#shell = shell;
    this.#runner = new CommandRunner(shell);
  }

  read(command: CapturedCommand): Promise<CallToolResult> {
    return this.#answer(async () => ({
      document: await this.#runner.document(command),
      text: await this.#runner.text(command),
    }));
  }

  /** @param did tells the outcome in a sentence */
  change(
    action: Action,
    command: CapturedCommand,
    did: (document: Record<string, unknown>) => string,
  ): Promise<CallToolResult> {
    return this.#answer(async () => {
      if (!allowedActions(this.#shell).includes(action)) {
        const allowing = addProfileFlag(`deskclaw config set mcp.allow ${action} --add`, this.#shell.namedProfile);
        const text = `The user does not allow this. They can with: ${allowing}`;
        return { document: { allowed: false }, text, isError: true };
      }
      const document = await this.#runner.document(command);
      return { document, text: did(document) };
    });
  }

  async #answer(
    run: () => Promise<{
      readonly document: Record<string, unknown>;
      readonly text: string;
      readonly isError?: boolean;
    }>,
  ): Promise<CallToolResult> {
    // Made for each answer: a token may be new.
    const redactor = profileRedactor({ name: this.#shell.profile, env: this.#shell.env });
    const result = (document: Record<string, unknown>, text: string, isError = false): CallToolResult => {
      const redacted = redactor.value(document);
      return {
        content: [{ type: 'text', text: redactor.text(text) }],
        ...(isObject(redacted) ? { structuredContent: { ...redacted } } : {}),
        ...(isError ? { isError } : {}),
      };
    };
    try {
      const { document, text, isError } = await run();
      return result(document, text, isError);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      return result({ error: error.problem }, this.#problemText(error.problem), true);
    }
  }

  #problemText(problem: Problem): string {
    const style = { paint: (text: string) => text, glyphs: asciiMarks, colour: false, unicode: false };
    return problemLines({ problem, profile: this.#shell.namedProfile }, style).join('\n');
  }
}
