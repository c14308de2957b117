import { RpcErrorCode, type Settings, type Skill, type SkillBundle } from '@deskclaw/protocol';
import { invalidParams, notFound, RpcFault } from '../errors.ts';
import { settings } from '../params/fields.ts';
import { check, flag, type Guard, listOf, object, optional, text } from '../params/guard.ts';
import type { Document } from '../store/document.ts';
import { mergePatch } from './settings.ts';
import { firstSkills, type SkillDefinition, skillBundles, skillCatalogue } from './skill-catalogue.ts';

export interface InstalledSkill {
  readonly id: string;
  readonly enabled: boolean;
  readonly config?: Settings;
}
export type SkillState = readonly InstalledSkill[];

export const skillState: Guard<SkillState> = listOf(
  object({ id: text({ min: 1 }), enabled: flag, config: optional(settings) }),
);
export const initialSkills: SkillState = firstSkills.map((id) => ({ id, enabled: false }));

/** Manages the skills; each enabled one adds an instruction for the model. */
export class SkillsService {
  readonly #document: Document<SkillState>;

  constructor(document: Document<SkillState>) {
    this.#document = document;
  }

  list(): readonly Skill[] {
    return this.#document.value.flatMap((installed) => {
      const definition = skillCatalogue.get(installed.id);
      return definition === undefined ? [] : [asSkill(installed, definition)];
    });
  }

  async setEnabled(skillId: string, enabled: boolean): Promise<Skill> {
    const [, definition] = this.#find(skillId);
    await this.#change(skillId, (installed) => ({ ...installed, enabled }));
    return asSkill({ id: skillId, enabled }, definition);
  }

  config(skillId: string): Settings {
    const [installed, definition] = this.#find(skillId);
    return { ...definition.defaults, ...installed.config };
  }

  /** Merges `patch` (RFC 7396) into the skill's settings; a removed one returns to its default. */
  async updateConfig(skillId: string, patch: Settings): Promise<Settings> {
    const [installed, definition] = this.#find(skillId);
    const own = mergePatch(installed.config ?? {}, patch);
    const checked = check(definition.config, { ...definition.defaults, ...own });
    if (!checked.ok) {
      throw invalidParams('skills.updateConfig', { ...checked.fault, path: `/config${checked.fault.path}` });
    }
    await this.#change(skillId, (before) => ({ ...before, config: own }));
    return checked.value;
  }

  bundles(): readonly SkillBundle[] {
    return skillBundles;
  }

  /** Installs missing skills and enables all; resolves with those that were new. */
  async installBundle(bundleId: string): Promise<readonly string[]> {
    const bundle = skillBundles.find(({ id }) => id === bundleId);
    if (bundle === undefined) throw notFound('bundle', bundleId);
    const before = new Set(this.#document.value.map(({ id }) => id));
    const added = bundle.skills.filter((id) => !before.has(id));
    await this.#document.update((state) => {
      const existing = state.map((skill) => (bundle.skills.includes(skill.id) ? { ...skill, enabled: true } : skill));
      const missing = bundle.skills.filter((id) => state.every((skill) => skill.id !== id));
      return [...existing, ...missing.map((id) => ({ id, enabled: true }))];
    });
    return added;
  }

  /** Returns the instructions of the enabled skills, or `undefined` if none is enabled. */
  instructions(at: Date): string | undefined {
    const lines = this.#document.value.flatMap(({ id, enabled, config }) => {
      const definition = skillCatalogue.get(id);
      return enabled && definition !== undefined
        ? [definition.instruction({ ...definition.defaults, ...config }, at)]
        : [];
    });
    return lines.length === 0 ? undefined : lines.join('\n');
  }

  #find(skillId: string): readonly [InstalledSkill, SkillDefinition] {
    const definition = skillCatalogue.get(skillId);
    if (definition === undefined) throw notFound('skill', skillId);
    const installed = this.#document.value.find(({ id }) => id === skillId);
    if (installed !== undefined) return [installed, definition];
    const bundle = skillBundles.find(({ skills }) => skills.includes(skillId))?.id ?? 'its bundle';
    throw new RpcFault(
      RpcErrorCode.NotFound,
      `skill "${skillId}" is not installed; skills.installBundle with bundle "${bundle}" installs it`,
      { skill: skillId, bundle },
    );
  }

  async #change(skillId: string, change: (skill: InstalledSkill) => InstalledSkill): Promise<void> {
    await this.#document.update((state) => state.map((skill) => (skill.id === skillId ? change(skill) : skill)));
  }
}

function asSkill({ id, enabled }: InstalledSkill, { name, description }: SkillDefinition): Skill {
  return { id, name, description, enabled };
}
