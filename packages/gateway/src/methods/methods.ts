import type { BuiltinMethods } from '@deskclaw/protocol';
import type { Services } from '../services/services.ts';
import { channelMethods } from './channels.ts';
import { chatMethods } from './chat.ts';
import { cronMethods } from './cron.ts';
import type { Handler } from './method.ts';
import { providerMethods } from './providers.ts';
import { skillMethods } from './skills.ts';
import { systemMethods } from './system.ts';

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
