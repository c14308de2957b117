import { describe, expect, it } from 'vitest';
import { isGatewayStatus, isHostInfo, isLogRecord, parseJournalRecords, validOnly } from '../../src/host/payloads.ts';
import { hostInfo, journal, logLines, sceneNames, scenes } from '../support/scenes.ts';
import { NOW } from '../support/view-states.ts';

/** Each field in turn replaced by something it cannot be. */
function spoilt(value: object): readonly (readonly [string, unknown])[] {
  return Object.keys(value).map((name) => [name, { ...value, [name]: { odd: Symbol.name } }]);
}

describe('what a host sends', () => {
  it.each(sceneNames)('isGatewayStatus accepts the scene %s, also after JSON', (name) => {
    expect(isGatewayStatus(JSON.parse(JSON.stringify(scenes[name](NOW))))).toBe(true);
  });

  it.each(spoilt(scenes.reconnecting(NOW)))('isGatewayStatus rejects a wrong %s', (_name, value) => {
    expect(isGatewayStatus(value)).toBe(false);
  });

  it.each(spoilt(hostInfo(NOW)))('isHostInfo rejects a wrong %s', (_name, value) => {
    expect(isHostInfo(hostInfo(NOW))).toBe(true);
    expect(isHostInfo(value)).toBe(false);
  });

  it('journal records and log records pass their guards', () => {
    expect(parseJournalRecords(journal(NOW))).toEqual({ valid: journal(NOW), malformed: 0 });
    expect(logLines(NOW).every(isLogRecord)).toBe(true);
  });

  it('isProblem accepts an unknown problem code', () => {
    const status = scenes.error(NOW);
    expect(isGatewayStatus({ ...status, problem: { ...status.problem, code: 'brand.new' } })).toBe(true);
  });

  it('validOnly counts malformed items', () => {
    expect(validOnly([...logLines(NOW), {}, 3], isLogRecord)).toMatchObject({ malformed: 2 });
    expect(validOnly('no list', isLogRecord)).toEqual({ valid: [], malformed: 1 });
  });
});
