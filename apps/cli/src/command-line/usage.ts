/** The command line itself is at fault. */
export class UsageError extends Error {
  readonly command: string | undefined;

  /** @param command the command it was meant for, whose help tells more. */
  constructor(message: string, command?: string) {
    super(message);
    this.command = command;
  }
}
