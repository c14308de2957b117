import type { Settings } from '@deskclaw/protocol';
import { createMemoryShelf, type TranscriptShelf } from '../chat/transcript.ts';
import type { DeviceState } from '../openclaw/devices.ts';
import type { ChannelState } from '../services/channels.ts';
import type { CronState } from '../services/cron-jobs.ts';
import type { ProviderState } from '../services/providers.ts';
import type { SkillState } from '../services/skills.ts';
import { createMemoryDocument, type Document } from '../store/document.ts';
import { firstState } from './first-state.ts';

/** All that a gateway keeps. */
export interface GatewayState {
  readonly settings: Document<Settings>;
  readonly channels: Document<ChannelState>;
  readonly skills: Document<SkillState>;
  readonly cron: Document<CronState>;
  readonly providers: Document<ProviderState>;
  readonly devices: Document<DeviceState>;
  readonly transcripts: TranscriptShelf;
  /** The directory, or `undefined` for memory. */
  readonly directory: string | undefined;
  /** Lets go of it. */
  release(): void;
}

/** State that ends with the gateway. */
export function createMemoryState(): GatewayState {
  return {
    settings: createMemoryDocument(firstState.settings),
    channels: createMemoryDocument(firstState.channels),
    skills: createMemoryDocument(firstState.skills),
    cron: createMemoryDocument(firstState.cron),
    providers: createMemoryDocument(firstState.providers),
    devices: createMemoryDocument(firstState.devices),
    transcripts: createMemoryShelf(),
    directory: undefined,
    release: () => undefined,
  };
}
