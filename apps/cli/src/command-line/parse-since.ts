const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
type Unit = keyof typeof unitMs;

function isUnit(text: string | undefined): text is Unit {
  return text !== undefined && Object.hasOwn(unitMs, text);
}

/** `90s`, `10m`, `1h30m`, `2d` as ms; `undefined` for anything else. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|[smhdw]))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])/g)) {
    if (!isUnit(unit)) return undefined;
    total += Number(amount) * unitMs[unit];
  }
  return total;
}

function timeOfDay(text: string, now: number): number | undefined {
  const match = /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(text);
  if (match === null) return undefined;
  const at = new Date(now);
  at.setHours(Number(match[1]), Number(match[2]), Number(match[3] ?? 0), 0);
  // 23:50 said at 00:10 is yesterday's: nobody asks for lines of the future.
  if (at.getTime() > now) at.setDate(at.getDate() - 1);
  return at.getTime();
}

function dateTime(text: string): number | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:?\d{2})?)?$/.exec(text);
  if (match === null) return undefined;
  // Without a zone it is local time, as on the user's clock; Date.parse reads a bare date as UTC.
  const at = Date.parse(`${match[1] ?? ''}T${match[2] ?? '00:00'}${match[3] ?? ''}`);
  return Number.isNaN(at) ? undefined : at;
}

/**
 * A moment in the user's words: an age (`10m`), a time today or yesterday (`14:02`), a date (`2026-11-23`), or ISO 8601.
 * @param now epoch ms.
 * @returns epoch ms, or `undefined` where it is none of these.
 */
export function parseSince(text: string, now: number): number | undefined {
  const age = parseDuration(text);
  if (age !== undefined) return Math.max(0, now - age);
  return timeOfDay(text, now) ?? dateTime(text);
}
