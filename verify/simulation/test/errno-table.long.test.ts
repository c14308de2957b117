import { describe, test } from 'vitest';
import { callSites, errnos } from '../src/whole/errno-faults.ts';
import { playErrno } from './errno-schedules.ts';

/** Calls that fail a few times and then succeed; the short tier plays those that fail until faults cease. */
describe.each([1, 2, 3])('calls that fail %i times', (times) => {
  describe.each(callSites)('%s', (site) => {
    test.each(errnos)('%s at this place is survived in every situation', async (code) => {
      await playErrno(site, code, times);
    });
  });
});
