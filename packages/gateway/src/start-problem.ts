/** Why a gateway could not begin. `exitCode` follows sysexits: 78 is configuration, 1 anything else. */
export class StartProblem extends Error {
  override readonly name = 'StartProblem';
  readonly exitCode: 1 | 78;

  constructor(message: string, exitCode: 1 | 78) {
    super(message);
    this.exitCode = exitCode;
  }
}
