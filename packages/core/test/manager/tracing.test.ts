import { type Tracer as OpenTelemetryTracer, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { describe, expect, test } from 'vitest';
import { GatewayManager } from '../../src/manager/gateway-manager.ts';
import type { Tracer } from '../../src/ports/tracer.ts';
import { ManagerWorld } from './manager-world.ts';

function realTracer(): { readonly tracer: OpenTelemetryTracer; readonly exporter: InMemorySpanExporter } {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  return { tracer: provider.getTracer('test'), exporter };
}

describe('a tracer of OpenTelemetry', () => {
  test('start, request and stop are spans with kind, attributes and end', async () => {
    const { tracer, exporter } = realTracer();
    // The port is a part of theirs: no adapter is needed.
    const port: Tracer = tracer;
    const world = await ManagerWorld.running({ tracer: port });
    await world.settle(world.manager.rpc<string>('system.version', { token: 'hunter22' }));
    await world.settle(world.manager.stop());
    const spans = exporter.getFinishedSpans();
    expect(spans.map(({ name }) => name)).toEqual([
      'deskclaw.gateway.start',
      'system.version',
      'deskclaw.gateway.stop',
    ]);
    expect(spans[0]).toMatchObject({
      kind: SpanKind.INTERNAL,
      attributes: { 'deskclaw.outcome': 'applied', 'process.pid': expect.any(Number) },
      status: { code: SpanStatusCode.UNSET },
    });
    expect(spans[1]).toMatchObject({
      kind: SpanKind.CLIENT,
      attributes: { 'rpc.system.name': 'jsonrpc', 'rpc.method': 'system.version' },
      ended: true,
    });
    expect(JSON.stringify(spans.map(({ attributes, events }) => [attributes, events]))).not.toContain('hunter22');
  });

  test('a request that fails is a span with the code of its problem and its exception', async () => {
    const { tracer, exporter } = realTracer();
    const world = new ManagerWorld({ tracer });
    await world.failure(world.manager.rpc('system.version'));
    expect(exporter.getFinishedSpans()[0]).toMatchObject({
      name: 'system.version',
      status: { code: SpanStatusCode.ERROR },
      attributes: { 'error.type': 'connection.closed', 'deskclaw.request.outcome': 'not-sent' },
      events: [{ name: 'exception' }],
    });
  });

  test('an object without startSpan is refused as a tracer', () => {
    const wrong: unknown = { start: () => undefined };
    expect(() => new GatewayManager({ tracer: wrong as Tracer })).toThrow(
      expect.objectContaining({ code: 'config.invalid' }),
    );
  });
});
