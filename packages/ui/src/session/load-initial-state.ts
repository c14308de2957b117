import { checkHostVersion, controlEventNames, currentHostInfo } from '@deskclaw/protocol';
import { isGatewayStatus, isHostInfo, parseJournalRecords, parseLogAnswer } from '../host/payloads.ts';
import { isNotableRecord } from './activity.ts';
import type { HostConnection } from './host-connection.ts';
import { ACTIVITY_LIMIT, type Inbox } from './inbox.ts';
import { LOG_PAGE, logQuery, noFilter } from './log-tail.ts';
import type { SessionEvent } from './state.ts';

/** A local host answers in milliseconds; after 10 s it counts as unreachable. */
const LOAD_TIMEOUT_MS = 10_000;
/** Intermediate steps are filtered out of the journal afterwards, so more records than rows are requested. */
const INITIAL_JOURNAL_RECORDS = 3 * ACTIVITY_LIMIT;

type LoadedEvent = Extract<SessionEvent, { type: 'loaded' }>;

/**
 * Subscribes to events and loads everything the screen shows. Events received meanwhile wait in the inbox. Rejects when
 * the host is silent, incompatible or sends an invalid status.
 */
export async function loadInitialState(connection: HostConnection, inbox: Inbox): Promise<Omit<LoadedEvent, 'at'>> {
  const options = { timeoutMs: LOAD_TIMEOUT_MS };
  const [answer, , status, timeline, logs] = await Promise.all([
    connection.call('host.info', undefined, options),
    connection.subscribe(controlEventNames),
    connection.call('gateway.status', undefined, options).then((answer) => {
      // Kept in order with the events, so that the newest status wins.
      if (isGatewayStatus(answer)) inbox.addStatus(answer);
      return answer;
    }),
    connection.call('timeline.query', { limit: INITIAL_JOURNAL_RECORDS }, options),
    connection.call('logs.query', logQuery(noFilter, LOG_PAGE), options),
  ]);
  const host = currentHostInfo(answer);
  if (!isHostInfo(host) || !isGatewayStatus(status)) {
    throw new Error('the background service sent an invalid status');
  }
  if (checkHostVersion(host) !== undefined) {
    throw new Error(`the host is version ${host.version} and speaks another protocol than this page; reload the page`);
  }
  const records = parseJournalRecords(timeline.records);
  const lines = parseLogAnswer(logs);
  for (let count = records.malformed + lines.malformed; count > 0; count -= 1) inbox.addMalformed();
  const early = inbox.take();
  return {
    type: 'loaded',
    host,
    status: early.status ?? status,
    records: records.valid.filter(isNotableRecord),
    logs: lines.answer,
    early,
  };
}
