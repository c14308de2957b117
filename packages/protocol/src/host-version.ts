import { CONTROL_PROTOCOL, type HostInfo } from './control.ts';
import { isObject } from './json.ts';
import type { ProblemFacts } from './problem-facts.ts';

/**
 * Compares the control protocol that a host announces with ours. Returns `undefined` when they match, otherwise the facts of
 * `host.version-mismatch`: the two could misread each other.
 */
export function checkHostVersion({
  controlProtocol,
  version,
}: Pick<HostInfo, 'controlProtocol' | 'version'>): ProblemFacts<'host.version-mismatch'> | undefined {
  if (controlProtocol === CONTROL_PROTOCOL) return undefined;
  return {
    host: `version ${version} (control protocol ${String(controlProtocol)})`,
    ours: `control protocol ${String(CONTROL_PROTOCOL)}`,
  };
}

/** Returns a `host.info` answer with the names of today. 0.1 wrote `cutOff: { end, words }`; 0.2 reads it for the last time. */
export function currentHostInfo(value: unknown): unknown {
  if (!isObject(value) || !isObject(value['cutOff'])) return value;
  const { cutOff, ...info } = value;
  const { end: outcome, words: message, ...rest } = isObject(cutOff) ? cutOff : {};
  return { ...info, interruptedUpgrade: { ...rest, outcome, message } };
}
