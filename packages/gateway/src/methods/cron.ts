import { chatMessage, identifier } from '../params/fields.ts';
import { flag, nothing, object, optional, text } from '../params/guard.ts';
import type { CronService } from '../services/cron-jobs.ts';
import { type Handlers, method } from './method.ts';

const job = object({ jobId: identifier });
const name = text({ min: 1, max: 200 });
const schedule = text({ min: 1, max: 200 });

export function cronMethods(cron: CronService): Handlers<'cron'> {
  return {
    'cron.list': method('cron.list', nothing, () => ({ jobs: cron.list() })),
    'cron.create': method(
      'cron.create',
      object({ name, schedule, message: chatMessage, enabled: optional(flag) }),
      (params) =>
        cron.create({
          name: params.name,
          schedule: params.schedule,
          message: params.message,
          enabled: params.enabled ?? true,
        }),
    ),
    'cron.update': method(
      'cron.update',
      object({
        jobId: identifier,
        patch: object({
          name: optional(name),
          schedule: optional(schedule),
          message: optional(chatMessage),
          enabled: optional(flag),
        }),
      }),
      ({ jobId, patch }) => cron.update(jobId, patch),
    ),
    'cron.delete': method('cron.delete', job, async ({ jobId }) => ({ deleted: await cron.remove(jobId) })),
    'cron.run': method('cron.run', job, async ({ jobId }) => ({ runId: await cron.run(jobId) })),
  };
}
