import { isProfileName } from '@deskclaw/host';

export interface LaunchArguments {
  readonly profile: string;
  /** Start in the tray, without a window: for logging in. */
  readonly hidden: boolean;
}

export type ParsedArguments =
  | { readonly ok: true; readonly value: LaunchArguments }
  | { readonly ok: false; readonly message: string };

const PROFILE = '--profile';

function profileFrom(argv: readonly string[]): string | undefined {
  const index = argv.findIndex((one) => one === PROFILE || one.startsWith(`${PROFILE}=`));
  const found = argv[index];
  if (found === undefined) return undefined;
  return found === PROFILE ? (argv[index + 1] ?? '') : found.slice(PROFILE.length + 1);
}

/**
 * Parses our own arguments and ignores the switches of Chromium and the system.
 * @param selected the profile where neither an argument nor a variable names one
 */
export function parseArguments(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  selected: () => string = () => 'default',
): ParsedArguments {
  const named = profileFrom(argv) ?? env['DESKCLAW_PROFILE'];
  const profile = named === undefined || (named === '' && profileFrom(argv) === undefined) ? selected() : named;
  if (!isProfileName(profile)) {
    return {
      ok: false,
      message: `"${profile}" is not a valid profile name. Use up to 64 letters, digits, dots, dashes, and underscores.`,
    };
  }
  return { ok: true, value: { profile, hidden: argv.includes('--hidden') } };
}
