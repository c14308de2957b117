import { readFileSync } from 'node:fs';
import { errorCode } from '@deskclaw/core';
import {
  type DeviceKeyLocation,
  describeDeviceKeyLocation,
  deviceKeyLocation,
  readDeviceFile,
  resolvePaths,
} from '@deskclaw/host';
import { type ExitCode, exitCodes } from '@deskclaw/protocol';
import { layRows, span } from '../output/layout.ts';
import type { Shell } from '../shell.ts';

/**
 * Returns where the device key is stored according to its file. The keyring itself is not read, as it might prompt the
 * user.
 */
function deviceKeyPlace(path: string): DeviceKeyLocation {
  try {
    return deviceKeyLocation(readDeviceFile(readFileSync(path, 'utf8')));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return { stored: 'nowhere' };
    return { stored: 'file' };
  }
}

export function paths(shell: Shell): ExitCode {
  const found = resolvePaths({ name: shell.profile, env: shell.env });
  const deviceKey = deviceKeyPlace(found.device);
  if (shell.json) shell.document('paths', { ...found, deviceKey });
  else
    shell.data(
      ...layRows(
        Object.entries({ ...found, 'device key': describeDeviceKeyLocation(deviceKey) }).map(([label, path]) => ({
          label,
          parts: [[span(path)]],
        })),
        shell.out.style,
      ),
    );
  return exitCodes.ok;
}
