import { describe, expect, test } from 'vitest';
import { CONTROL_PROTOCOL, controlEventNames, logLevels } from '../src/control.ts';

describe('the control API', () => {
  test('the control API has version 1', () => {
    expect(CONTROL_PROTOCOL).toBe(1);
  });

  test('tells at least of these events', () => {
    expect(controlEventNames).toEqual(
      expect.arrayContaining(['gateway.status', 'gateway.notification', 'log', 'timeline', 'health']),
    );
  });

  test('orders its log levels from the least to the gravest, as filters rely on', () => {
    expect(logLevels).toEqual(['debug', 'info', 'warn', 'error']);
  });
});
