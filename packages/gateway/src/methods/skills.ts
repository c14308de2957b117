import { identifier } from '../params/fields.ts';
import { nothing, object } from '../params/guard.ts';
import { settings } from '../params/settings.ts';
import type { SkillsService } from '../services/skills.ts';
import { type Handlers, method } from './method.ts';

const skill = object({ skillId: identifier });

export function skillMethods(skills: SkillsService): Handlers<'skills'> {
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
