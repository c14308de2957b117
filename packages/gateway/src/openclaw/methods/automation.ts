import type { CronJob, Skill } from '@deskclaw/protocol';
import { flag, integer, object, optional, text } from '../../params/guard.ts';
import type { Services } from '../../services/services.ts';
import { type OpenClawHandler, openClawMethod } from './method.ts';

export function automationHandlers({
  cron,
  skills,
  stateDirectory,
}: Services): Readonly<Record<'cron.list' | 'cron.status' | 'skills.status', OpenClawHandler>> {
  const storePath = stateDirectory ?? '(memory)';
  return {
    'cron.list': openClawMethod(
      'cron.list',
      object({
        includeDisabled: optional(flag),
        limit: optional(integer(1, 1000)),
        offset: optional(integer(0, 1_000_000)),
        agentId: optional(text()),
        compact: optional(flag),
        includeDeliveryPreviews: optional(flag),
      }),
      ({ includeDisabled = false, limit = 1000, offset = 0 }) => {
        const all = cron.list().filter(({ enabled }) => enabled || includeDisabled);
        const jobs = all.slice(offset, offset + limit).map(asOpenClawJob);
        const next = offset + jobs.length;
        return {
          jobs,
          total: all.length,
          offset,
          limit,
          hasMore: next < all.length,
          nextOffset: next < all.length ? next : null,
        };
      },
    ),
    'cron.status': openClawMethod('cron.status', object({}), () => ({
      enabled: true,
      storePath,
      jobs: cron.list().length,
    })),
    'skills.status': openClawMethod(
      'skills.status',
      object({ agentId: optional(text()), sessionKey: optional(text()) }),
      () => ({
        workspaceDir: storePath,
        managedSkillsDir: storePath,
        agentId: 'main',
        skills: skills.list().map(asOpenClawSkill),
      }),
    ),
  };
}

function asOpenClawJob({ id, name, schedule, message, enabled, lastRunAt }: CronJob): object {
  return {
    id,
    name,
    enabled,
    schedule: schedule.startsWith('@every') ? { kind: 'every', expr: schedule } : { kind: 'cron', expr: schedule },
    sessionTarget: 'isolated',
    payload: { kind: 'agentTurn', message },
    state: lastRunAt === undefined ? {} : { lastRunAtMs: lastRunAt },
  };
}

function asOpenClawSkill({ id, name, description, enabled }: Skill): object {
  return {
    name,
    description,
    source: 'deskclaw-gateway',
    bundled: true,
    skillKey: id,
    disabled: !enabled,
    eligible: true,
  };
}
