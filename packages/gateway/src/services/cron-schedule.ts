/** When a job runs next, strictly after `after`; `undefined` for never again. Times are epoch ms. */
export interface Schedule {
  /** `anchor` is when an `@every` job last ran, or began. */
  next(after: number, anchor: number): number | undefined;
}

export type ScheduleRead =
  | { readonly ok: true; readonly schedule: Schedule }
  | { readonly ok: false; readonly problem: string };

const nicknames = ['@hourly', '@daily', '@midnight', '@weekly', '@monthly', '@yearly', '@annually'];
const MIN_EVERY_MS = 1000;
const MAX_EVERY_MS = 366 * 24 * 3_600_000;

/**
 * Reads `@every 90s` (h, m and s, largest first), a nickname such as `@daily`, or the five fields of cron(5) in the
 * gateway's own time zone. The pattern library is loaded only when a pattern comes.
 */
export async function readSchedule(text: string): Promise<ScheduleRead> {
  const trimmed = text.trim();
  if (trimmed.startsWith('@every')) return readEvery(trimmed);
  if (trimmed.startsWith('@') && !nicknames.includes(trimmed.toLowerCase())) {
    return { ok: false, problem: `must be "@every 90s", ${nicknames.join(', ')}, or five cron fields` };
  }
  const { Cron } = await import('croner');
  try {
    const cron = new Cron(trimmed, { paused: true, mode: trimmed.startsWith('@') ? 'auto' : '5-part' });
    if (cron.nextRun() === null) return { ok: false, problem: 'names a time that never comes' };
    return { ok: true, schedule: { next: (after) => cron.nextRun(new Date(after))?.getTime() } };
  } catch (fault) {
    const why = fault instanceof Error ? fault.message.replace(/^CronPattern: /, '') : String(fault);
    return { ok: false, problem: `is not five cron fields (minute hour day month weekday): ${why}` };
  }
}

function readEvery(text: string): ScheduleRead {
  const [, hours, minutes, seconds] = /^@every +(?=\d)(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,9})s)?$/.exec(text) ?? [];
  const everyMs = ((Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60 + Number(seconds ?? 0)) * 1000;
  if (everyMs < MIN_EVERY_MS || everyMs > MAX_EVERY_MS) {
    return { ok: false, problem: 'must be like "@every 90s", "@every 1h30m", from one second to a year' };
  }
  return {
    ok: true,
    schedule: { next: (after, anchor) => anchor + (Math.floor(Math.max(0, after - anchor) / everyMs) + 1) * everyMs },
  };
}
