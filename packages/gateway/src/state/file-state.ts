import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openFileTranscripts } from '../chat/transcript-files.ts';
import { StartProblem } from '../errors.ts';
import { deviceState } from '../openclaw/devices.ts';
import { settings } from '../params/fields.ts';
import type { Guard } from '../params/guard.ts';
import { channelState } from '../services/channels.ts';
import { cronState } from '../services/cron-jobs.ts';
import { providerState } from '../services/providers.ts';
import { skillState } from '../services/skills.ts';
import { lockDataDirectory } from '../store/data-lock.ts';
import type { Document } from '../store/document.ts';
import { type FileDocumentPorts, openFileDocument } from '../store/file-document.ts';
import { type GatewayState, initialState } from './state.ts';

/** State in a directory, made if it is missing, readable by its owner alone. Throws a `StartProblem` when it cannot be used. */
export function openFileState(directory: string, ports: FileDocumentPorts): GatewayState {
  const release = takeDirectory(directory);
  const document = <T>(name: string, guard: Guard<T>, first: T): Document<T> =>
    openFileDocument(join(directory, `${name}.json`), guard, first, ports);
  try {
    return {
      settings: document('settings', settings, initialState.settings),
      channels: document('channels', channelState, initialState.channels),
      skills: document('skills', skillState, initialState.skills),
      cron: document('cron', cronState, initialState.cron),
      providers: document('providers', providerState, initialState.providers),
      devices: document('devices', deviceState, initialState.devices),
      transcripts: openFileTranscripts(join(directory, 'sessions'), ports),
      directory,
      release,
    };
  } catch (fault) {
    release();
    throw asStartProblem(directory, fault);
  }
}

function takeDirectory(directory: string): () => void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    chmodSync(directory, 0o700);
    return lockDataDirectory(directory);
  } catch (fault) {
    throw asStartProblem(directory, fault);
  }
}

function asStartProblem(directory: string, fault: unknown): StartProblem {
  if (fault instanceof StartProblem) return fault;
  return new StartProblem(
    `cannot use the data directory ${directory}: ${fault instanceof Error ? fault.message : String(fault)}`,
    78,
  );
}
