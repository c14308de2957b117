import { copyFileSync, readFileSync, realpathSync } from 'node:fs';
import { type Clock, errorCode } from '@deskclaw/core';
import { delay, writeAtomicSync } from '@deskclaw/core/internal';
import { differingKeys, isWholeConfig } from '@deskclaw/openclaw';
import { isEpochTime, isObject } from '@deskclaw/protocol';
import { readJsonFile, writeJsonFile } from '../profile/json-file.ts';

/** The configuration with which the gateway last stayed up. */
interface KnownGood {
  readonly at: number;
  readonly configPath: string;
  readonly text: string;
}

/** A file that changes within this time is still being written. */
const STILL_MS = 2_000;
const MAX_WAIT_MS = 30_000;
const MOST_KEYS = 8;

function readKnownGood(path: string): KnownGood | undefined {
  const value = readJsonFile(path);
  if (!isObject(value)) return undefined;
  const { at, configPath, text } = value;
  return isEpochTime(at) && typeof configPath === 'string' && typeof text === 'string'
    ? { at, configPath, text }
    : undefined;
}

/** Returns the text of a file; `undefined` where there is none. @throws what the file system says of one that cannot be read. */
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function describeDifference(good: string, other: string): string {
  const keys = differingKeys(good, other);
  if (keys === undefined) return 'The other one is not complete.';
  if (keys.length === 0) return 'They differ in comments or layout only.';
  const more = keys.length > MOST_KEYS ? ` and ${String(keys.length - MOST_KEYS)} more` : '';
  return `They differ in: ${keys.slice(0, MOST_KEYS).join(', ')}${more}.`;
}

export type Restored =
  | { readonly kind: 'done'; readonly did: string }
  | { readonly kind: 'skipped'; readonly why: string };

/** Keeps OpenClaw's configuration each time the gateway has stayed up with it, and puts it back. The main file only, not what it includes. */
export class KnownGoodConfig {
  readonly #path: string;
  readonly #clock: Clock;
  /** What the running gateway was started with, or has read since. */
  #candidate: string | undefined;

  /** @param path the file of the profile that holds it. */
  constructor(path: string, clock: Clock) {
    this.#path = path;
    this.#clock = clock;
  }

  /** Whether a text names the file of the configuration that is known to work. */
  isNamedIn(text: string): boolean {
    const good = readKnownGood(this.#path);
    return good !== undefined && text.includes(good.configPath);
  }

  /** Whether the configuration differs from the one that is known to work. What it is now is on trial from here on. */
  isChanged(configPath: string): boolean {
    const good = readKnownGood(this.#path);
    try {
      this.#candidate = readText(configPath);
    } catch {
      // What cannot be read cannot be compared, and is never replaced.
      this.#candidate = undefined;
    }
    return this.#candidate !== undefined && (good?.text !== this.#candidate || good.configPath !== configPath);
  }

  /** Keeps the configuration, unless it was changed since `isChanged` or is not whole. @throws what the file system says. */
  keep(configPath: string): void {
    const text = readText(configPath);
    if (text === undefined || text !== this.#candidate || !isWholeConfig(text)) return;
    const good: KnownGood = { at: Math.round(this.#clock.wallTime()), configPath, text };
    writeJsonFile(this.#path, good);
  }

  /**
   * Puts the configuration back that is known to work. The other one stays beside it. A file that is still being written is waited for.
   * @param isWanted asked before anything is written
   * @throws what the file system says of a configuration that cannot be read or copied; it is left as it is.
   */
  async restore(configPath: string, isWanted: () => boolean): Promise<Restored> {
    const good = readKnownGood(this.#path);
    if (good === undefined || good.configPath !== configPath)
      return { kind: 'skipped', why: 'No configuration is known that worked.' };
    const first = readText(configPath);
    const text = first === undefined || isWholeConfig(first) ? first : await this.#whenStill(configPath, first);
    if (text !== first && text !== undefined && isWholeConfig(text))
      return { kind: 'done', did: 'DeskClaw waited until the configuration was written.' };
    if (!isWanted()) return { kind: 'skipped', why: 'Another request came first.' };
    if (text === good.text) return { kind: 'skipped', why: 'The configuration is the one that worked.' };
    const stamp = new Date(this.#clock.wallTime()).toISOString().replaceAll(/[:.]/g, '-');
    const rejected = `${configPath}.rejected-${stamp}`;
    if (text !== undefined) copyFileSync(configPath, rejected);
    writeAtomicSync(this.#targetOf(configPath), good.text);
    const from = new Date(good.at).toISOString();
    const where =
      text === undefined ? '' : ` The other one is kept at ${rejected}. ${describeDifference(good.text, text)}`;
    return { kind: 'done', did: `DeskClaw put the configuration back that worked on ${from}.${where}` };
  }

  /** A link stays a link: what it leads to is written. */
  #targetOf(configPath: string): string {
    try {
      return realpathSync(configPath);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return configPath;
      throw error;
    }
  }

  async #whenStill(configPath: string, first: string): Promise<string | undefined> {
    let text: string | undefined = first;
    for (let waitedMs = 0; waitedMs < MAX_WAIT_MS; waitedMs += STILL_MS) {
      await delay(this.#clock, STILL_MS);
      const now = readText(configPath);
      if (now === text) return now;
      text = now;
    }
    return text;
  }
}
