import type { Settings } from '@deskclaw/protocol';
import type { DeviceState } from '../openclaw/devices.ts';
import { initialChannels } from '../services/channels.ts';
import type { CronState } from '../services/cron-jobs.ts';
import type { ProviderState } from '../services/providers.ts';
import { initialSkills } from '../services/skills.ts';

/** What a gateway starts with that never ran before. */
export const initialState = {
  settings: {} satisfies Settings,
  channels: initialChannels,
  skills: initialSkills,
  cron: [] satisfies CronState,
  providers: [] satisfies ProviderState,
  devices: [] satisfies DeviceState,
};
