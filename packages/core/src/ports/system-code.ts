/** The code of a failed call to the system, `ENOENT` for instance; `undefined`: the error has none. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
