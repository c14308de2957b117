import type { Settings } from '@deskclaw/protocol';
import { createMemoryTranscripts, type TranscriptStore } from '../chat/transcript.ts';
import type { DeviceState } from '../openclaw/devices.ts';
import type { ChannelState } from '../services/channels.ts';
import type { CronState } from '../services/cron-jobs.ts';
import type { ProviderState } from '../services/providers.ts';
import type { SkillState } from '../services/skills.ts';
import { createMemoryDocument, type Document } from '../store/document.ts';
import { initialState } from './first-state.ts';

/** All that a gateway keeps. */
export interface GatewayState {
  readonly settings: Document<Settings>;
  readonly channels: Document<ChannelState>;
  readonly skills: Document<SkillState>;
  readonly cron: Document<CronState>;
  readonly providers: Document<ProviderState>;
  readonly devices: Document<DeviceState>;
  readonly transcripts: TranscriptStore;
  /** The directory, or `undefined` for memory. */
  readonly directory: string | undefined;
  /** Lets go of it. */
  release(): void;
}

/** State that ends with the gateway. */
export function createMemoryState(): GatewayState {
  return {
    settings: createMemoryDocument(initialState.settings),
    channels: createMemoryDocument(initialState.channels),
    skills: createMemoryDocument(initialState.skills),
    cron: createMemoryDocument(initialState.cron),
    providers: createMemoryDocument(initialState.providers),
    devices: createMemoryDocument(initialState.devices),
    transcripts: createMemoryTranscripts(),
    directory: undefined,
    release: () => undefined,
  };
}
