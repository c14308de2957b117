import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, type FrameChannel, GatewayError } from '@deskclaw/core';
import { nodeTcpPorts } from '@deskclaw/core/internal';
import { type ControlMethods, describeProblem, type LogLevel } from '@deskclaw/protocol';
import type { Paths } from '../profile/paths.ts';
import { DashboardRecordFile } from './dashboard-record.ts';
import { type DashboardServer, startDashboardServer } from './dashboard-server.ts';
import { DashboardSessions } from './dashboard-sessions.ts';

const LOOPBACK = '127.0.0.1';
/** How much of the use of an open page is forgotten at most when the host is killed. */
const TOUCH_INTERVAL_MS = 10 * 60_000;
const redirectPageName = /^open-dashboard-[\w-]+\.html$/;

type OpenRequest = NonNullable<ControlMethods['host.openDashboard']['params']>;
type OpenedDashboard = ControlMethods['host.openDashboard']['result'];

export interface DashboardOptions {
  /** The built dashboard's folder; `undefined`: this host has none. */
  readonly root: string | undefined;
  readonly paths: Pick<Paths, 'state' | 'dashboard'>;
  readonly clock: Clock;
  /** How long a session without an open page lasts, ms. */
  readonly sessionIdleMs: () => number;
  readonly onChannel: (channel: FrameChannel) => void;
  readonly log: (level: LogLevel, text: string) => void;
}

/** Returns a page that leads to a link: the link itself must not be in the arguments of a browser, which all users can read. */
function redirectPage(url: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0;url=${url}">
<title>DeskClaw</title>
</head>
<body>
<p><a href="${url}" rel="noreferrer">Open the dashboard</a></p>
</body>
</html>
`;
}

/** The dashboard of a profile: its servers, links and sessions. The port and the sessions outlive the host. */
export class Dashboard {
  readonly #options: DashboardOptions;
  readonly #file: DashboardRecordFile;
  readonly #sessions: DashboardSessions;
  readonly #servers = new Map<number, DashboardServer>();
  #starting: Promise<unknown> = Promise.resolve();
  #cancelTouch: () => void = () => undefined;

  constructor(options: DashboardOptions) {
    const { paths, clock, log } = options;
    this.#options = options;
    this.#file = new DashboardRecordFile(paths.dashboard, (error) =>
      log(
        'warn',
        `The sessions of the dashboard cannot be kept: ${error instanceof Error ? error.message : String(error)}`,
      ),
    );
    this.#sessions = new DashboardSessions({
      clock,
      idleMs: options.sessionIdleMs,
      stored: this.#file.record.sessions,
      onChange: (sessions) => this.#file.update({ sessions }),
    });
  }

  /**
   * Serves the dashboard and returns a link that opens it once. Without a port, the one last used is taken again; where
   * another program has it, another one, and `movedFrom` says so.
   * @throws GatewayError `request.invalid` where this host has no dashboard, `dashboard.port-unavailable` for a named port.
   */
  async open(request: OpenRequest = {}): Promise<OpenedDashboard> {
    const { port: named = 0 } = request;
    const last = this.#file.record.port;
    const server = await this.#inTurn(() => (named === 0 ? this.#serveAnywhere(last) : this.#serve(named)));
    const { port } = server;
    this.#file.update({ port });
    return {
      ...this.#createLink(port, request.redirectPage === true),
      port,
      ...(named !== 0 || last === undefined || last === port ? {} : { movedFrom: last }),
    };
  }

  /** Serves the ports that pages of an earlier host may come back to. Never rejects: a port that is taken is logged. */
  async resume(): Promise<void> {
    this.#removeRedirectPages();
    if (this.#options.root === undefined) return;
    for (const port of this.#sessions.ports()) {
      await this.#inTurn(() => this.#serve(port)).catch((error: unknown) => {
        const reason = error instanceof GatewayError ? error.problem.detail : String(error);
        this.#options.log('warn', `Open pages of the dashboard cannot come back. ${reason} Run "deskclaw ui".`);
      });
    }
  }

  /** Ends all sessions and links. Returns how many sessions there were. */
  revoke(): number {
    return this.#sessions.revokeAll();
  }

  async close(): Promise<void> {
    this.#cancelTouch();
    await this.#starting;
    this.#sessions.close();
    await Promise.all([...this.#servers.values()].map((server) => server.close()));
    await this.#file.flush();
  }

  /** One start at a time: two requests for the same port are one server. */
  #inTurn<T>(start: () => Promise<T>): Promise<T> {
    const started = this.#starting.then(start);
    this.#starting = started.catch(() => undefined);
    return started;
  }

  async #serveAnywhere(last: number | undefined): Promise<DashboardServer> {
    const running = (last === undefined ? undefined : this.#servers.get(last)) ?? [...this.#servers.values()].at(-1);
    if (running !== undefined) return running;
    try {
      if (last !== undefined) return await this.#serve(last);
    } catch (error) {
      if (!(error instanceof GatewayError) || error.code !== 'dashboard.port-unavailable') throw error;
    }
    return this.#serve(await nodeTcpPorts.findFree(LOOPBACK));
  }

  async #serve(port: number): Promise<DashboardServer> {
    const { root, clock, onChannel } = this.#options;
    if (root === undefined) {
      const detail = 'This host was started without the dashboard’s files.';
      throw new GatewayError(describeProblem('request.invalid', { detail }, clock.wallTime()));
    }
    const running = this.#servers.get(port);
    if (running !== undefined) return running;
    const state = await nodeTcpPorts.check(LOOPBACK, port);
    if (state !== 'free') {
      const owner = state === 'taken' ? await nodeTcpPorts.owner(port) : undefined;
      throw new GatewayError(
        describeProblem('dashboard.port-unavailable', { port, state, ...(owner && { owner }) }, clock.wallTime()),
      );
    }
    const server = await startDashboardServer({ port, root, clock, sessions: this.#sessions, onChannel });
    this.#servers.set(port, server);
    if (this.#servers.size === 1) this.#touchRegularly();
    return server;
  }

  #createLink(port: number, withPage: boolean): Pick<OpenedDashboard, 'url' | 'redirectPage'> {
    const link = (token: string) => `http://${LOOPBACK}:${String(port)}/?token=${token}`;
    if (!withPage) return { url: link(this.#sessions.issueToken()) };
    const page = join(this.#options.paths.state, `open-dashboard-${randomBytes(9).toString('base64url')}.html`);
    const url = link(this.#sessions.issueToken(() => rmSync(page, { force: true })));
    try {
      writeFileSync(page, redirectPage(url), { mode: 0o600, flag: 'wx' });
      return { url, redirectPage: page };
    } catch (error) {
      this.#options.log('warn', `The page that opens the dashboard cannot be written: ${String(error)}`);
      return { url };
    }
  }

  #touchRegularly(): void {
    this.#cancelTouch = this.#options.clock.schedule(TOUCH_INTERVAL_MS, () => {
      this.#sessions.touchOpen();
      this.#touchRegularly();
    });
  }

  /** Pages that a killed host left behind: their links are void. */
  #removeRedirectPages(): void {
    const { state } = this.#options.paths;
    try {
      const stale = readdirSync(state).filter((name) => redirectPageName.test(name));
      for (const name of stale) rmSync(join(state, name), { force: true });
    } catch (error) {
      this.#options.log('warn', `Old pages that opened the dashboard cannot be removed: ${String(error)}`);
    }
  }
}
