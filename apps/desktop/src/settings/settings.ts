import { isObject, parseJson } from '@deskclaw/protocol';

/** Whether a running gateway is kept when the app quits. */
export type KeepGateway = 'ask' | 'always' | 'never';
export const keepGatewayChoices = ['ask', 'always', 'never'] as const satisfies readonly KeepGateway[];

export interface WindowBounds {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly maximized: boolean;
}

/** Settings of the app itself; gateway settings are in the configuration of the profile. */
export interface Settings {
  readonly keepGateway: KeepGateway;
  readonly window?: WindowBounds;
}

export const defaultSettings: Settings = { keepGateway: 'ask' };

function isWindowBounds(value: unknown): value is WindowBounds {
  return (
    isObject(value) &&
    ['x', 'y', 'width', 'height'].every((name) => Number.isInteger(value[name])) &&
    typeof value['maximized'] === 'boolean'
  );
}

/** Reads valid settings and defaults for the rest: a broken file must not block the start. */
export function readSettings(text: string | undefined): Settings {
  const value = text === undefined ? undefined : parseJson(text);
  if (!isObject(value)) return defaultSettings;
  const keepGateway =
    keepGatewayChoices.find((choice) => choice === value['keepGateway']) ?? defaultSettings.keepGateway;
  const bounds = value['window'];
  return isWindowBounds(bounds) ? { keepGateway, window: bounds } : { keepGateway };
}

export function writeSettings(settings: Settings): string {
  return `${JSON.stringify(settings, undefined, 2)}\n`;
}
