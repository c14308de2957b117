import type { Settings } from '@deskclaw/protocol';
import { createMemoryTranscripts } from '../chat/transcript.ts';
import type { DeviceState } from '../openclaw/devices.ts';
import { type ChannelState, initialChannels } from '../services/channels.ts';
import type { CronState } from '../services/cron-jobs.ts';
import type { ProviderState } from '../services/providers.ts';
import type { ServiceState } from '../services/services.ts';
import { initialSkills, type SkillState } from '../services/skills.ts';
import { createMemoryDocument, type Document } from '../store/document.ts';

/** Everything that a gateway stores. */
export interface GatewayState extends ServiceState {
  readonly devices: Document<DeviceState>;
  /** Releases the data directory. */
  release(): void;
}

/** Initial state of a new gateway. */
export const initialState: {
  readonly settings: Settings;
  readonly channels: ChannelState;
  readonly skills: SkillState;
  readonly cron: CronState;
  readonly providers: ProviderState;
  readonly devices: DeviceState;
} = {
  settings: {},
  channels: initialChannels,
  skills: initialSkills,
  cron: [],
  providers: [],
  devices: [],
};

/** Creates state in memory, which ends with the gateway. */
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
