/** The ways in which requests are written on the wire. */
export const dialectNames = ['jsonrpc', 'openclaw'] as const;
export type DialectName = (typeof dialectNames)[number];

/** A dialect, or `auto`: the first frame of the peer decides. */
export const dialectChoices = ['auto', ...dialectNames] as const;
export type DialectChoice = (typeof dialectChoices)[number];

export function isDialectName(value: unknown): value is DialectName {
  return dialectNames.some((name) => name === value);
}
