export { maskCommand } from '@deskclaw/core/internal';
export { sendTestAlert, targetName } from './alerts/alert-sender.ts';
export type { AlertTarget } from './alerts/alert-settings.ts';
export {
  askerOf,
  assertCompatible,
  connectHost,
  connectHostChannel,
  hostCommand,
  hostEnvironment,
  hostFolder,
  spawnHost,
} from './control/connect-host.ts';
export { checkFrame } from './control/page-rules.ts';
export { stopUnreachableHost } from './control/stop-unreachable-host.ts';
export { clearDashboardSessions } from './host/dashboard-record.ts';
export { collectDiagnosis, type DiagnosisEntry, profileRedactor } from './host/diagnosis.ts';
export { Host, type HostOptions, startHost } from './host/host.ts';
export { findKilledHost, type KilledHost, killedRecord } from './host/host-presence.ts';
export { closeInheritedDescriptors } from './host/inherited-descriptors.ts';
export { recordFailureWithoutHost, recordWithoutHost } from './host/record-without-host.ts';
export { type RemovedProfile, removeProfile } from './host/remove-profile.ts';
export { fixProfile, runDoctor } from './host/run-doctor.ts';
export type { InstallProgress, InstallResult } from './install/install.ts';
export {
  installForProfile,
  type ListedVersion,
  listOpenClaws,
  type OpenClawList,
  selectOpenClaw,
} from './install/install-service.ts';
export { Journal } from './journal/journal.ts';
export { parseLogLine } from './journal/log-line.ts';
export { PatternMatcher } from './journal/pattern-matcher.ts';
export { readJournal } from './journal/read-journal.ts';
export { osKeyring } from './keyring/os-keyring.ts';
export { loadConfig } from './profile/config.ts';
export {
  type DeviceKeyLocation,
  describeDeviceKeyLocation,
  deviceKeyLocation,
  readDeviceFile,
} from './profile/device-file.ts';
export { type ChangedSetting, changeSetting, type SettingsPart } from './profile/edit-config.ts';
export { readLastFailure } from './profile/last-failure.ts';
export { choiceOf, loadLastStart } from './profile/last-start.ts';
export { type ListedSetting, listSettings } from './profile/list-settings.ts';
export { maskSetting, maskSettings } from './profile/mask-settings.ts';
export { findOrphan, type Orphan, stopOrphan } from './profile/orphan.ts';
export { assertOwnFolders } from './profile/own-folders.ts';
export { isProfileName, type Paths, resolvePaths } from './profile/paths.ts';
export { addProfile, listProfiles } from './profile/profiles.ts';
export { decodeText } from './profile/read-text-file.ts';
export { rotateStoredToken } from './profile/secrets.ts';
export { DEFAULT_PROFILE, readSelectedProfile, selectProfile } from './profile/selected-profile.ts';
export {
  effectOf,
  findSetting,
  parseSetting,
  type SettingKey,
  settingNames,
  suggestSetting,
  type TakesEffect,
  variableOf,
} from './profile/setting-keys.ts';
export { configJsonSchema } from './profile/settings-schema.ts';
export {
  type StartFlags,
  startFlags,
  suggestedStart,
  withProfileFlag,
  withStartFlags,
} from './profile/start-command.ts';
export { expandHome, homeFolder } from './profile/user-paths.ts';
export { closestName } from './schema/closest-name.ts';
export { removeOpenClaw } from './upgrade/remove.ts';
export { describeInterruptedUpgrade, resumeInterruptedUpgrade } from './upgrade/resume-interrupted.ts';
export { rollbackOpenClaw } from './upgrade/rollback-command.ts';
export { upgradeOpenClaw } from './upgrade/upgrade.ts';
export { UpgradeJournal } from './upgrade/upgrade-journal.ts';
export type { GatewayControl, UpgradeProgress } from './upgrade/upgrade-run.ts';
