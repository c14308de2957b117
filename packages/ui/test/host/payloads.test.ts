import { describe, expect, it } from 'vitest';
import { isGatewayStatus, isHostInfo, isLogRecord, isTimelineRecord, validOnly } from '../../src/host/payloads.ts';
import { hostInfo, journal, logLines, sceneNames, scenes } from '../support/scenes.ts';
import { NOW } from '../support/view-states.ts';

/** Each field in turn replaced by something it cannot be. */
function spoilt(value: object): readonly (readonly [string, unknown])[] {
  return Object.keys(value).map((name) => [name, { ...value, [name]: { odd: Symbol.name } }]);
}

describe('what a host sends', () => {
  it.each(sceneNames)('is a status in %s, also after its trip as text', (name) => {
    expect(isGatewayStatus(JSON.parse(JSON.stringify(scenes[name](NOW))))).toBe(true);
  });

  it.each(spoilt(scenes.reconnecting(NOW)))('is no status with a wrong %s', (_name, value) => {
    expect(isGatewayStatus(value)).toBe(false);
  });

  it.each(spoilt(hostInfo(NOW)))('is no host with a wrong %s', (_name, value) => {
    expect(isHostInfo(hostInfo(NOW))).toBe(true);
    expect(isHostInfo(value)).toBe(false);
  });

  it('is sound in the journal and the log', () => {
    expect(journal(NOW).every(isTimelineRecord)).toBe(true);
    expect(logLines(NOW).every(isLogRecord)).toBe(true);
  });

  it('may name a problem this page does not know yet', () => {
    const status = scenes.error(NOW);
    expect(isGatewayStatus({ ...status, problem: { ...status.problem, code: 'brand.new' } })).toBe(true);
  });

  it('is counted where it is not sound', () => {
    expect(validOnly([...logLines(NOW), {}, 3], isLogRecord)).toMatchObject({ malformed: 2 });
    expect(validOnly('no list', isLogRecord)).toEqual({ sound: [], malformed: 1 });
  });
});
