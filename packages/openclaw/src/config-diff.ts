import { isObject } from '@deskclaw/protocol';
import JSON5 from 'json5';

function parse(text: string): unknown {
  try {
    return JSON5.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether a text can be a configuration at all: one that is half written, or emptied, cannot. */
export function isWholeConfig(text: string): boolean {
  return isObject(parse(text));
}

function differences(one: unknown, other: unknown, key: string, found: string[]): void {
  if (isObject(one) && isObject(other)) {
    for (const name of new Set([...Object.keys(one), ...Object.keys(other)]))
      differences(one[name], other[name], key === '' ? name : `${key}.${name}`, found);
  } else if (JSON.stringify(one) !== JSON.stringify(other)) {
    found.push(key);
  }
}

/**
 * Returns the keys in which two configurations differ, never a value: values may be secrets. `undefined` where one of them is no
 * configuration; empty where only comments or layout differ.
 */
export function differingKeys(one: string, other: string): readonly string[] | undefined {
  const [first, second] = [parse(one), parse(other)];
  if (!isObject(first) || !isObject(second)) return undefined;
  const found: string[] = [];
  differences(first, second, '', found);
  return found;
}

/** Whether a configuration names channels, apart from what holds for all of them. */
export function hasChannels(text: string): boolean {
  const config = parse(text);
  const channels = isObject(config) ? config['channels'] : undefined;
  return isObject(channels) && Object.keys(channels).some((name) => name !== 'defaults');
}
