import { GatewayError } from '../errors/gateway-error.ts';

export type SpanAttribute = string | number | boolean;

/** One span of a trace: the part of OpenTelemetry's `Span` that is used. */
export interface TracerSpan {
  setAttribute(key: string, value: SpanAttribute): unknown;
  recordException(exception: Error): void;
  setStatus(status: { readonly code: number; readonly message?: string }): unknown;
  end(): void;
}

/**
 * Makes spans of what a manager or a connection does. A `Tracer` of `@opentelemetry/api` fits as it is; the span that is active
 * there when a method is called becomes the parent.
 */
export interface Tracer {
  startSpan(
    name: string,
    options?: { readonly kind?: number; readonly attributes?: Readonly<Record<string, SpanAttribute>> },
  ): TracerSpan;
}

/** `SpanKind` and `SpanStatusCode` of OpenTelemetry. */
const INTERNAL = 0;
const CLIENT = 2;
const ERROR = 2;

function fail(span: TracerSpan, error: unknown): void {
  const code = error instanceof GatewayError ? error.code : 'internal';
  span.setAttribute('error.type', code);
  if (error instanceof GatewayError) {
    if (error.rpc !== undefined) span.setAttribute('rpc.response.status_code', String(error.rpc.code));
    if (error.outcome !== undefined) span.setAttribute('deskclaw.request.outcome', error.outcome);
  }
  span.setStatus({ code: ERROR, message: error instanceof Error ? error.message : code });
  if (error instanceof Error) span.recordException(error);
}

async function traced<T>(span: TracerSpan, run: () => Promise<T>, succeed?: (value: T) => void): Promise<T> {
  try {
    const value = await run();
    succeed?.(value);
    return value;
  } catch (error) {
    fail(span, error);
    throw error;
  } finally {
    span.end();
  }
}

/** Runs a request to the gateway within a span named by its method. Parameters and results are not recorded: they may be secret. */
export function traceRequest<T>(tracer: Tracer, method: string, run: () => Promise<T>): Promise<T> {
  const attributes = { 'rpc.system.name': 'jsonrpc', 'rpc.method': method };
  return traced(tracer.startSpan(method, { kind: CLIENT, attributes }), run);
}

/** Runs a start, stop or restart within a span: `deskclaw.gateway.start`. */
export function traceLifecycle<T extends { readonly outcome: string; readonly pid?: number }>(
  tracer: Tracer | undefined,
  kind: 'start' | 'stop' | 'restart',
  run: () => Promise<T>,
): Promise<T> {
  if (tracer === undefined) return run();
  const span = tracer.startSpan(`deskclaw.gateway.${kind}`, { kind: INTERNAL });
  return traced(span, run, ({ outcome, pid }) => {
    span.setAttribute('deskclaw.outcome', outcome);
    if (pid !== undefined) span.setAttribute('process.pid', pid);
  });
}
