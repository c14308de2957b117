import { type BuiltinMethods, builtinMethodNames, gatewayEventNames } from '@deskclaw/protocol';
import { invalidParams } from '../errors.ts';
import { GATEWAY_VERSION } from '../options.ts';
import { chatMessage, identifier, settings } from '../params/fields.ts';
import { flag, nothing, object, optional, orNothing, text } from '../params/guard.ts';
import type { ChannelsService } from '../services/channels.ts';
import type { CronService } from '../services/cron-jobs.ts';
import type { HealthStats } from '../services/health-stats.ts';
import { apiKey, baseUrl, COMMAND_LINE_PROVIDER, modelName, type ProvidersService } from '../services/providers.ts';
import type { Services } from '../services/services.ts';
import type { SettingsService } from '../services/settings.ts';
import type { SkillsService } from '../services/skills.ts';
import { chatMethods } from './chat.ts';
import { type Handler, type Handlers, method } from './method.ts';

/** Every method of the JSON-RPC dialect. */
export function createMethods(services: Services): Readonly<Record<keyof BuiltinMethods, Handler>> {
  return {
    ...channelMethods(services.channels),
    ...skillMethods(services.skills),
    ...chatMethods(services.runs, services.channels),
    ...cronMethods(services.cron),
    ...providerMethods(services.providers),
    ...systemMethods(services.healthStats, services.settings),
  };
}

const channel = object({ channelId: identifier });

function channelMethods(channels: ChannelsService): Handlers<'channels'> {
  return {
    'channels.list': method('channels.list', nothing, () => ({ channels: channels.list() })),
    'channels.get': method('channels.get', channel, ({ channelId }) => channels.get(channelId)),
    'channels.connect': method('channels.connect', channel, ({ channelId }) => channels.setOpen(channelId, true)),
    'channels.disconnect': method('channels.disconnect', channel, ({ channelId }) =>
      channels.setOpen(channelId, false),
    ),
    'channels.getQRCode': method('channels.getQRCode', channel, ({ channelId }) => channels.qrCode(channelId)),
  };
}

const skill = object({ skillId: identifier });

function skillMethods(skills: SkillsService): Handlers<'skills'> {
  return {
    'skills.list': method('skills.list', nothing, () => ({ skills: skills.list() })),
    'skills.enable': method('skills.enable', skill, ({ skillId }) => skills.setEnabled(skillId, true)),
    'skills.disable': method('skills.disable', skill, ({ skillId }) => skills.setEnabled(skillId, false)),
    'skills.getConfig': method('skills.getConfig', skill, ({ skillId }) => ({ config: skills.config(skillId) })),
    'skills.updateConfig': method(
      'skills.updateConfig',
      object({ skillId: identifier, config: settings }),
      async ({ skillId, config }) => ({ config: await skills.updateConfig(skillId, config) }),
    ),
    'skills.bundles': method('skills.bundles', nothing, () => ({ bundles: skills.bundles() })),
    'skills.installBundle': method('skills.installBundle', object({ bundleId: identifier }), async ({ bundleId }) => ({
      installed: await skills.installBundle(bundleId),
    })),
  };
}

const job = object({ jobId: identifier });
const name = text({ min: 1, max: 200 });
const schedule = text({ min: 1, max: 200 });

function cronMethods(cron: CronService): Handlers<'cron'> {
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

const provider = object({ providerId: identifier });

function providerMethods(providers: ProvidersService): Handlers<'providers'> {
  return {
    'providers.list': method('providers.list', nothing, () => ({ providers: providers.list() })),
    'providers.set': method(
      'providers.set',
      object({ providerId: identifier, baseUrl, model: modelName, apiKey: optional(apiKey) }),
      (params) => {
        assertChangeable('providers.set', params.providerId);
        const { providerId, baseUrl: address, model, apiKey: key } = params;
        return providers.set({
          id: providerId,
          baseUrl: address,
          model,
          ...(key === undefined ? {} : { apiKey: key }),
        });
      },
    ),
    'providers.remove': method('providers.remove', provider, async ({ providerId }) => {
      assertChangeable('providers.remove', providerId);
      return { removed: await providers.remove(providerId) };
    }),
    'providers.test': method('providers.test', provider, ({ providerId }) => providers.test(providerId)),
  };
}

function assertChangeable(name: string, providerId: string): void {
  if (providerId !== COMMAND_LINE_PROVIDER) return;
  const problem = 'is the provider given on the command line, which only the command line can change';
  throw invalidParams(name, { path: '/providerId', kind: 'wrong', problem });
}

/** Version of this set of methods; raised when a change would mislead old clients. */
const METHODS_PROTOCOL = 1;

function systemMethods(healthStats: HealthStats, config: SettingsService): Handlers<'system'> {
  return {
    'system.health': method('system.health', orNothing(object({ deep: optional(flag) })), (params) =>
      params?.deep === true ? healthStats.deepHealth() : healthStats.health(),
    ),
    'system.config': method('system.config', nothing, () => ({ config: config.get() })),
    'system.updateConfig': method('system.updateConfig', object({ config: settings }), async (params) => ({
      config: await config.patch(params.config),
    })),
    'system.version': method('system.version', nothing, () => ({
      version: GATEWAY_VERSION,
      protocol: METHODS_PROTOCOL,
    })),
    'system.methods': method('system.methods', nothing, () => ({
      methods: [...builtinMethodNames, 'auth.login'],
      events: gatewayEventNames,
    })),
  };
}
