import { randomBytes } from 'node:crypto';
import type { Clock, FrameChannel } from '@deskclaw/core';
import {
  createFailure,
  createSuccess,
  type LoginResults,
  parseJson,
  parseLoginRequest,
  RpcErrorCode,
  SESSION_REFUSED,
} from '@deskclaw/protocol';
import type { DashboardSessions, PagePlace } from './dashboard-sessions.ts';

/** A page logs in with its first messages, a few ms after it connected. */
const LOGIN_TIMEOUT_MS = 5_000;
/** A page with an old link and a session needs three. */
const MAX_LOGIN_FRAMES = 6;

const noSession = 'This page has no session. Run "deskclaw ui" for a new link.';

export interface LoginDeps {
  readonly sessions: DashboardSessions;
  readonly place: PagePlace;
  readonly clock: Clock;
  /** Called at once when a page has logged in: its next frame belongs to the control API. */
  readonly onLogin: (sessionId: string) => void;
}

type LoginStep =
  | { readonly kind: 'answer'; readonly result: LoginResults[keyof LoginResults] }
  | { readonly kind: 'logged-in'; readonly sessionId: string; readonly result: LoginResults[keyof LoginResults] }
  | { readonly kind: 'refused' };

/** Serves the login of one page; whatever else it sends, or too late, ends the channel with `SESSION_REFUSED`. */
export function serveLogin(channel: FrameChannel, { sessions, place, clock, onLogin }: LoginDeps): void {
  let frames = 0;
  let hostNonce: string | undefined;
  const refuse = () => channel.close(SESSION_REFUSED, noSession);
  const cancelTimeout = clock.schedule(LOGIN_TIMEOUT_MS, refuse);

  function step(request: NonNullable<ReturnType<typeof parseLoginRequest>>): LoginStep {
    switch (request.method) {
      case 'session.open': {
        const opened = sessions.redeem(request.params.token, place);
        return opened === undefined ? { kind: 'refused' } : { kind: 'logged-in', sessionId: opened.id, result: opened };
      }
      case 'session.challenge':
        hostNonce = randomBytes(32).toString('base64url');
        return { kind: 'answer', result: { nonce: hostNonce } };
      case 'session.resume': {
        const nonce = hostNonce;
        // Good for one attempt.
        hostNonce = undefined;
        const resumed = nonce === undefined ? undefined : sessions.resume(request.params, nonce, place);
        return resumed === undefined
          ? { kind: 'refused' }
          : { kind: 'logged-in', sessionId: request.params.id, result: resumed };
      }
      default:
        return request satisfies never;
    }
  }

  channel.onClose(cancelTimeout);
  channel.onFrame((text) => {
    frames += 1;
    const request = parseLoginRequest(parseJson(text));
    if (request === undefined || frames > MAX_LOGIN_FRAMES) return refuse();
    const outcome = step(request);
    if (outcome.kind === 'refused') {
      channel.send(JSON.stringify(createFailure(request.id, { code: RpcErrorCode.AuthRequired, message: noSession })));
      return;
    }
    channel.send(JSON.stringify(createSuccess(request.id, outcome.result)));
    if (outcome.kind === 'answer') return;
    cancelTimeout();
    onLogin(outcome.sessionId);
  });
}
