import { describeEnd, type Evidence, type HealthReport, isObject, type LastExit, parseJson } from '@deskclaw/protocol';
import type { Clock } from '../ports/clock.ts';
import type { Http, HttpResponse } from '../ports/http.ts';
import type { PeerVerifier, PinnedCertificate } from '../ports/sockets.ts';

const HTTP_TIMEOUT_MS = 2_000;
const RPC_TIMEOUT_MS = 5_000;

/**
 * Reads whether an HTTP response reports a healthy gateway: status 200, JSON, and `ok: true`.
 * Status 200 alone proves nothing: OpenClaw 2026.2.3-1 serves its web page under every path.
 */
export function readHealthAnswer(answer: HttpResponse): { readonly ok: boolean; readonly detail: string } {
  if (answer.status !== 200) return { ok: false, detail: `HTTP ${String(answer.status)}` };
  if (!answer.contentType.includes('json'))
    return { ok: false, detail: `HTTP 200, but ${answer.contentType || 'no content type'} instead of JSON` };
  const body = parseJson(answer.body);
  if (!isObject(body) || body['ok'] !== true) return { ok: false, detail: 'HTTP 200 without "ok": true' };
  return { ok: true, detail: 'HTTP 200' };
}

/** What a gateway says of itself over HTTP, beyond that it lives. */
export type ProbeKind = Extract<Evidence['kind'], 'startup' | 'readiness'>;

/**
 * Reads the answer to a startup or readiness probe; `undefined` where the gateway offers none, e.g. serves its web page there
 * (OpenClaw 2026.5.28 has no `/startupz`). Both answer 200 or 503 with their reasons.
 */
export function readProbeAnswer(
  kind: ProbeKind,
  answer: HttpResponse,
): { readonly ok: boolean; readonly detail: string } | undefined {
  const body = answer.contentType.includes('json') ? parseJson(answer.body) : undefined;
  if (!isObject(body)) return undefined;
  switch (kind) {
    case 'startup': {
      const { status, pendingReason } = body;
      if (typeof status !== 'string') return undefined;
      const pending = typeof pendingReason === 'string' ? `, waiting for ${pendingReason}` : '';
      return { ok: answer.status === 200 && status === 'started', detail: `${status}${pending}` };
    }
    case 'readiness': {
      const { ready, failing } = body;
      if (typeof ready !== 'boolean') return undefined;
      const names = Array.isArray(failing) ? failing.filter((name) => typeof name === 'string') : [];
      return {
        ok: answer.status === 200 && ready,
        detail: ready ? 'ready' : `not ready${names.length === 0 ? '' : `: ${names.join(', ')}`}`,
      };
    }
    default:
      return kind satisfies never;
  }
}

export interface HealthCheckDeps {
  readonly clock: Clock;
  readonly http: Http;
  /** `undefined`: HTTP is not asked. */
  readonly healthUrl: string | undefined;
  /** Probes that the gateway may offer besides. */
  readonly probes?: readonly { readonly kind: ProbeKind; readonly url: string }[];
  /** Asked before the request is sent: the address may hold a secret. */
  readonly verifyPeer: PeerVerifier;
  /** The certificate to accept, of an `https://` address. */
  readonly certificate?: (() => Promise<PinnedCertificate>) | undefined;
  /** Sends a request over the connection; `undefined` without a connection. */
  readonly rpc: ((timeoutMs: number) => Promise<unknown>) | undefined;
  /** How the last process ended, where that is why there is no connection. */
  readonly lastExit?: LastExit | undefined;
  /** Whether our process lives; `undefined` where the process is not ours. */
  readonly processAlive: boolean | undefined;
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function checkRpc(deps: HealthCheckDeps): Promise<{ readonly evidence: Evidence; readonly latencyMs?: number }> {
  const { clock, rpc, lastExit } = deps;
  if (rpc === undefined) {
    const ended = lastExit === undefined ? '' : `; the process ended with ${describeEnd(lastExit)}`;
    return { evidence: { kind: 'rpc', ok: false, at: clock.wallTime(), detail: `not connected${ended}` } };
  }
  const startedAt = clock.now();
  try {
    await rpc(RPC_TIMEOUT_MS);
    return {
      evidence: { kind: 'rpc', ok: true, at: clock.wallTime() },
      latencyMs: Math.round(clock.now() - startedAt),
    };
  } catch (error) {
    return { evidence: { kind: 'rpc', ok: false, at: clock.wallTime(), detail: reason(error) } };
  }
}

async function checkHttp(deps: HealthCheckDeps): Promise<readonly Evidence[]> {
  const { clock, http, healthUrl, verifyPeer, certificate } = deps;
  if (healthUrl === undefined) return [];
  const answer = await Promise.resolve(certificate?.())
    .then((pinned) => http.get(healthUrl, HTTP_TIMEOUT_MS, verifyPeer, pinned))
    .catch((error: unknown) => ({ failure: reason(error) }));
  const verdict = 'failure' in answer ? { ok: false, detail: answer.failure } : readHealthAnswer(answer);
  return [{ kind: 'http', at: clock.wallTime(), ...verdict }];
}

async function probe(
  { clock, http, verifyPeer }: HealthCheckDeps,
  { kind, url }: { readonly kind: ProbeKind; readonly url: string },
): Promise<readonly Evidence[]> {
  const answer = await http.get(url, HTTP_TIMEOUT_MS, verifyPeer);
  const read = 'failure' in answer ? undefined : readProbeAnswer(kind, answer);
  return read === undefined ? [] : [{ kind, at: clock.wallTime(), ...read }];
}

/** Checks by process, RPC and HTTP. The RPC decides: HTTP also answers while the gateway starts, drains, or has lost its router. */
export async function checkHealth(deps: HealthCheckDeps, uptime: number | undefined): Promise<HealthReport> {
  const probing = Promise.all((deps.probes ?? []).map((each) => probe(deps, each)));
  const [{ evidence: rpc, latencyMs }, http, probes] = await Promise.all([checkRpc(deps), checkHttp(deps), probing]);
  const process: readonly Evidence[] =
    deps.processAlive === undefined ? [] : [{ kind: 'process', ok: deps.processAlive, at: deps.clock.wallTime() }];
  return {
    ok: rpc.ok,
    ...(uptime === undefined ? {} : { uptime }),
    ...(latencyMs === undefined ? {} : { latencyMs }),
    ...(rpc.ok ? {} : { error: rpc.detail ?? 'no answer' }),
    evidence: [...process, rpc, ...http, ...probes.flat()],
  };
}
