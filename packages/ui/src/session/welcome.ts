import { CONTROL_PROTOCOL, controlEventNames } from '@deskclaw/protocol';
import { isNews } from './happening.ts';
import type { HostConnection } from './host-connection.ts';
import { EVENTS_KEPT, type Inbox } from './inbox.ts';
import { isGatewayStatus, isHostInfo, isLogRecord, isTimelineRecord, soundOnes } from './payloads.ts';
import type { SessionEvent } from './state.ts';

/** A host on this machine answers in milliseconds; one that takes longer is as good as gone. */
const WELCOME_MS = 10_000;
const FIRST_LOGS = 500;
/** Of the journal's lines, the mere steps are left out again: enough are asked for that the list is full. */
const RECORDS_ASKED = 3 * EVENTS_KEPT;

type Welcomed = Extract<SessionEvent, { type: 'welcomed' }>;

/**
 * Subscribes and asks for everything that is shown. What comes in meanwhile waits in the inbox.
 * @throws Error where the host is silent, speaks another protocol, or makes no sense.
 */
export async function welcome(connection: HostConnection, inbox: Inbox): Promise<Omit<Welcomed, 'at'>> {
  const options = { timeoutMs: WELCOME_MS };
  const [host, , status, timeline, logs] = await Promise.all([
    connection.call('host.info', undefined, options),
    connection.subscribe(controlEventNames),
    connection.call('gateway.status', undefined, options).then((answer) => {
      // In line with the events, so that the newest word wins whichever way it came.
      if (isGatewayStatus(answer)) inbox.status(answer);
      return answer;
    }),
    connection.call('timeline.query', { limit: RECORDS_ASKED }, options),
    connection.call('logs.query', { limit: FIRST_LOGS }, options),
  ]);
  if (!isHostInfo(host) || !isGatewayStatus(status)) {
    throw new Error('the host answered with something else than a status');
  }
  if (host.controlProtocol !== CONTROL_PROTOCOL) {
    throw new Error(`the host is version ${host.version} and speaks another protocol than this page; reload the page`);
  }
  const records = soundOnes(timeline.records, isTimelineRecord);
  const lines = soundOnes(logs.records, isLogRecord);
  for (let count = records.malformed + lines.malformed; count > 0; count -= 1) inbox.malformed();
  const early = inbox.take();
  return {
    type: 'welcomed',
    host,
    status: early.status ?? status,
    records: records.sound.filter(isNews),
    logs: lines.sound,
    early,
  };
}
