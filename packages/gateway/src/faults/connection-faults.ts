import { appendFileSync } from 'node:fs';
import { isObject } from '@deskclaw/protocol';
import type { Clock } from '../ports/clock.ts';
import type { Session } from '../server/session.ts';
import type { BreakableSocket, FaultHooks } from './fault-hooks.ts';
import type { FaultValues } from './table.ts';

const HTML = '<!doctype html><html lang="en"><title>Control</title><body>This page is not health.</body></html>\n';
const FLOOD_STEP_MS = 10;

/** Creates the hooks of all faults that are visible on the wire. */
export function createFaultHooks(faults: FaultValues, clock: Clock): FaultHooks {
  let refusalsLeft = faults['challenge-1013'] ?? 0;
  const replies = new WeakMap<BreakableSocket, number>();
  return {
    answersPings: faults['no-pong'] === undefined,
    dropsRequests: faults['pong-only'] !== undefined,
    openClawProtocol: faults['openclaw-protocol'] === '3' ? 3 : 4,
    channels: { stuck: faults['channels-stuck'] !== undefined, linkCodeMs: faults['link-code-lives'] },
    forgetsRuns: faults['forgets-runs'] !== undefined,
    approvesDevices: faults['device-approval'] === undefined,
    trustsPrograms: faults['device-scopes'] === undefined,
    rejectsAsStarting() {
      if (refusalsLeft === 0) return false;
      refusalsLeft -= 1;
      return true;
    },
    interceptsHttp(_request, response) {
      if (faults['never-ready'] !== undefined) return true;
      if (faults['health-html'] === undefined) return false;
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(HTML);
      return true;
    },
    interceptsUpgrade: () => faults['never-ready'] !== undefined || faults['upgrade-unanswered'] !== undefined,
    onMethodCall(method, params) {
      // At once and whole: what was done is on record even if SIGKILL comes next.
      if (faults.record !== undefined)
        appendFileSync(faults.record, `${JSON.stringify({ pid: process.pid, method, params })}\n`);
    },
    connectionOpened(socket, session) {
      const after = (delayMs: number, run: () => void): void => {
        const cancel = clock.schedule(delayMs, run);
        void socket.closed.then(cancel);
      };
      const { close, flap } = faults;
      if (close !== undefined) after(close.afterMs, () => socket.close(close.code, 'fault: close'));
      if (flap !== undefined) after(flap, () => socket.close(1011, 'fault: flap'));
      if (faults['garbage-frames'] !== undefined) sendGarbage(socket);
      if (faults['huge-frame'] !== undefined) socket.event(hugeNotification(faults['huge-frame']));
      if (faults['event-flood'] !== undefined) flood(socket, session, faults['event-flood'], clock);
    },
    alterReply(frame, socket, send) {
      const count = (replies.get(socket) ?? 0) + 1;
      replies.set(socket, count);
      if (faults['garbage-frames'] !== undefined) sendGarbage(socket);
      const every = faults['drop-replies'];
      if (every !== undefined && count % every === 0) return;
      const altered = faults['wrong-ids'] === undefined ? frame : withWrongId(frame, count);
      const deliver = (): void => {
        send(altered);
        if (faults['duplicate-replies'] !== undefined) send(altered);
      };
      const late = faults['slow-reply'];
      if (late === undefined) deliver();
      else clock.schedule(late, deliver);
    },
  };
}

function sendGarbage(socket: BreakableSocket): void {
  for (const frame of noisyFrames) socket.raw(frame);
}

function withWrongId(frame: object, count: number): object {
  if (Array.isArray(frame)) return frame.map((member) => (isObject(member) ? withWrongId(member, count) : member));
  // An answer without a usable id keeps saying so.
  return 'id' in frame && frame.id !== null ? { ...frame, id: `nobody-asked-${count}` } : frame;
}

/** A notification of exactly `bytes` bytes, or the smallest possible one when `bytes` is less. */
function hugeNotification(bytes: number): string {
  const head = '{"jsonrpc":"2.0","method":"error","params":{"message":"';
  const tail = '"}}';
  return head + 'x'.repeat(Math.max(0, bytes - head.length - tail.length)) + tail;
}

function flood(socket: BreakableSocket, session: Session, perSecond: number, clock: Clock): void {
  const startedAt = clock.now();
  let sent = 0;
  let cancel: () => void = () => undefined;
  const step = (): void => {
    const due = Math.floor(((clock.now() - startedAt) / 1000) * perSecond);
    for (; sent < due; sent += 1) {
      const facts = { runId: 'flood', sessionKey: 'flood', seq: sent, at: clock.wallTime() };
      session.announce({
        kind: 'run',
        event: { ...facts, kind: 'delta', text: `flood ${sent}`, delta: `flood ${sent}` },
      });
    }
    cancel = clock.schedule(FLOOD_STEP_MS, step);
  };
  step();
  void socket.closed.then(() => cancel());
}

/** Frames that a client must survive; none belongs to any dialect. */
const noisyFrames: readonly (string | Uint8Array)[] = [
  '',
  'this is not JSON',
  '{"jsonrpc":"2.0","id":1,"resu',
  '[]',
  'null',
  '42',
  '{}',
  '{"jsonrpc":"2.0","id":{"an":"object"},"result":1}',
  '{"jsonrpc":"2.0","id":"both","result":1,"error":{"code":1,"message":"and both"}}',
  '{"jsonrpc":"1.0","method":17}',
  '{"type":"res","id":7,"ok":"maybe"}',
  '{"type":"event"}',
  '{"type":"nothing-known"}',
  '['.repeat(2000) + ']'.repeat(2000),
  '\u0000\uFFFF\u{1F980}',
  new Uint8Array([0, 255, 254, 1, 2, 3]),
];
