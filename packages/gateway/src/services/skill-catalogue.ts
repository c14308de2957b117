import type { Settings, SkillBundle } from '@deskclaw/protocol';
import { type Guard, integer, object, text } from '../params/guard.ts';

/** A skill adds an instruction for the model while it is enabled. */
export interface SkillDefinition {
  readonly name: string;
  readonly description: string;
  readonly defaults: Settings;
  readonly config: Guard<Settings>;
  instruction(config: Settings, at: Date): string;
}

const timeZone: Guard<string> = (value, path) => {
  if (typeof value !== 'string') return { path, kind: 'wrong', problem: 'must be text' };
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return undefined;
  } catch {
    return { path, kind: 'wrong', problem: 'must be a time zone such as Europe/Berlin or UTC' };
  }
};

export const skillCatalogue: ReadonlyMap<string, SkillDefinition> = new Map<string, SkillDefinition>([
  [
    'current-time',
    {
      name: 'Current time',
      description: 'Tells the model the date and time of each message.',
      defaults: { timeZone: 'UTC' },
      config: object({ timeZone }),
      instruction: (config, at) =>
        `It is ${at.toLocaleString('en-GB', { timeZone: String(config['timeZone']), dateStyle: 'full', timeStyle: 'short' })} (${String(config['timeZone'])}).`,
    },
  ],
  [
    'concise',
    {
      name: 'Concise answers',
      description: 'Asks the model for short answers.',
      defaults: { maxSentences: 3 },
      config: object({ maxSentences: integer(1, 50) }),
      instruction: (config) => `Answer in at most ${String(config['maxSentences'])} sentences.`,
    },
  ],
  [
    'plain-text',
    {
      name: 'Plain text',
      description: 'Asks the model for answers without markup.',
      defaults: {},
      config: object({}),
      instruction: () => 'Answer in plain text, without Markdown or other markup.',
    },
  ],
  [
    'language',
    {
      name: 'Answer language',
      description: 'Asks the model to answer in one language.',
      defaults: { language: 'English' },
      config: object({ language: text({ min: 1, max: 60 }) }),
      instruction: (config) => `Answer in ${String(config['language'])}, whatever language you are asked in.`,
    },
  ],
]);

export const skillBundles: readonly SkillBundle[] = [
  { id: 'essentials', name: 'Essentials', skills: ['current-time', 'concise'] },
  { id: 'writing', name: 'Writing', skills: ['plain-text', 'language'] },
];

/** Skills of a new gateway: installed but disabled. */
export const firstSkills: readonly string[] = ['current-time', 'concise'];
