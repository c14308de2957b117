import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Clock, errorCode, GatewayError, type GatewayManager } from '@deskclaw/core';
import { nodeTcpPorts } from '@deskclaw/core/internal';
import { describeProblem, type GatewayStatus, type MetricsSnapshot, type ProblemFacts } from '@deskclaw/protocol';
import { IncidentCounter } from '../metrics/incident-counter.ts';
import { type MetricsFormat, metricsContentType, metricsText } from '../metrics/metrics-text.ts';
import { BoundedConnections, isOwnHost, LOOPBACK, listenOnLoopback, loopbackLimits } from './loopback-server.ts';

/** A scraper has one connection; any local program can open as many as it likes. */
const MAX_CONNECTIONS = 16;
const PATH = '/metrics';

export interface HostMetricsOptions {
  readonly clock: Clock;
  readonly version: string;
  /** Monotonic ms. */
  readonly startedAt: number;
  readonly manager: Pick<GatewayManager, 'getMetrics' | 'getStatus'>;
  readonly clients: () => number;
}

/** Returns the memory of this process; `undefined` where the system does not tell it now, as without a free descriptor. */
function residentBytes(): number | undefined {
  try {
    return process.memoryUsage.rss();
  } catch {
    return undefined;
  }
}

function refuse(response: ServerResponse, status: 404 | 405 | 421, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
  response.end(text);
}

/** Measures the gateway and this host, and serves the numbers to a scraper on loopback when asked. */
export class HostMetrics {
  readonly #options: HostMetricsOptions;
  readonly #incidents: IncidentCounter;
  #server: { readonly server: Server; readonly port: number } | undefined;
  #starting: Promise<unknown> = Promise.resolve();

  constructor(options: HostMetricsOptions) {
    this.#options = options;
    this.#incidents = new IncidentCounter(() => options.clock.now());
  }

  /** Returns whether something failed with this status: an interruption began, or a start came to nothing. */
  noteStatus(status: GatewayStatus): boolean {
    const before = this.#incidents.count;
    this.#incidents.note(status);
    return this.#incidents.count > before || status.state === 'error';
  }

  snapshot(): MetricsSnapshot {
    const { clock, version, startedAt, manager, clients } = this.#options;
    const { state, health, restarts, uptime, latencyMs } = manager.getStatus();
    const { user, system } = process.cpuUsage();
    const rssBytes = residentBytes();
    return {
      at: clock.wallTime(),
      state,
      health,
      ...(uptime === undefined ? {} : { uptimeMs: uptime }),
      ...(latencyMs === undefined ? {} : { latencyMs: latencyMs.last }),
      restarts,
      incidents: this.#incidents.count,
      ...manager.getMetrics(),
      host: {
        version,
        uptimeMs: Math.round(clock.now() - startedAt),
        cpuMs: Math.round((user + system) / 1_000),
        ...(rssBytes === undefined ? {} : { rssBytes }),
        clients: clients(),
      },
    };
  }

  /**
   * Serves the metrics for a scraper. There is one server: another port takes its place.
   * @param port 0 keeps the one there is, else chooses a free one
   * @throws GatewayError `metrics.port-unavailable`
   */
  async serve(port: number): Promise<{ readonly url: string; readonly port: number }> {
    const started = this.#starting.then(() => this.#listen(port));
    this.#starting = started.catch(() => undefined);
    const found = await started;
    return { url: `http://${LOOPBACK}:${String(found)}${PATH}`, port: found };
  }

  async close(): Promise<void> {
    await this.#starting;
    await this.#end();
  }

  async #listen(port: number): Promise<number> {
    if (this.#server !== undefined && (port === 0 || port === this.#server.port)) return this.#server.port;
    const state = port === 0 ? 'free' : await nodeTcpPorts.check(LOOPBACK, port);
    if (state !== 'free') throw await this.#unavailable(port, state);
    const server = createServer(loopbackLimits, (request, response) => this.#respond(request, response));
    const connections = new BoundedConnections(MAX_CONNECTIONS);
    server.on('connection', (socket) => connections.add(socket));
    server.on('upgrade', (_request, socket) => socket.destroy());
    const listening = await listenOnLoopback(server, port).catch(async (error: unknown) => {
      // Another program may take the port between the check and this.
      throw errorCode(error) === 'EADDRINUSE' ? await this.#unavailable(port, 'taken') : error;
    });
    await this.#end();
    this.#server = { server, port: listening };
    return listening;
  }

  async #unavailable(port: number, state: ProblemFacts<'metrics.port-unavailable'>['state']): Promise<GatewayError> {
    const owner = state === 'taken' ? await nodeTcpPorts.owner(port) : undefined;
    const facts = { port, state, ...(owner && { owner }) };
    return new GatewayError(describeProblem('metrics.port-unavailable', facts, this.#options.clock.wallTime()));
  }

  async #end(): Promise<void> {
    const running = this.#server;
    this.#server = undefined;
    if (running === undefined) return;
    await new Promise<void>((resolve) => {
      running.server.close(() => resolve());
      running.server.closeAllConnections();
    });
  }

  #respond(request: IncomingMessage, response: ServerResponse): void {
    if (!isOwnHost(request)) refuse(response, 421, 'The metrics are served as 127.0.0.1 and localhost only.\n');
    else if (request.method !== 'GET' && request.method !== 'HEAD') refuse(response, 405, 'Only GET.\n');
    else if (request.url?.split('?')[0] !== PATH) refuse(response, 404, `The metrics are at ${PATH}.\n`);
    else this.#answer(request, response);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const wanted = request.headers.accept?.includes('application/openmetrics-text') === true;
    const format: MetricsFormat = wanted ? 'openmetrics' : 'prometheus';
    const text = metricsText(this.snapshot(), format);
    response.writeHead(200, {
      'content-type': metricsContentType[format],
      'content-length': Buffer.byteLength(text),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    response.end(request.method === 'HEAD' ? undefined : text);
  }
}
