import { builtinMethodNames, gatewayEventNames } from '@deskclaw/protocol';
import { flag, nothing, object, optional, orNothing } from '../params/guard.ts';
import { settings } from '../params/settings.ts';
import type { HealthStats } from '../services/health-stats.ts';
import type { SettingsService } from '../services/settings.ts';
import { GATEWAY_VERSION } from '../version.ts';
import { type Handlers, method } from './method.ts';

/** The number of this set of methods; it rises when one of them changes in a way that old clients would misread. */
const METHODS_PROTOCOL = 1;

export function systemMethods(healthStats: HealthStats, config: SettingsService): Handlers<'system'> {
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
