// OpenTelemetry traces: a span for each operation, one below it for each upstream call, sent as OTLP over HTTP. Its
// packages are loaded by `createTraces` only, so that they cost nothing where no traces are made.

import type { IncomingMessage } from "node:http";
import type { Context, Span } from "@opentelemetry/api";
import type { CallSpan } from "../net/ask.js";
import type { OperationRecord, OperationSpan } from "../server/pipeline/observer.js";

export interface Traces {
  /** Goes on with the client's trace (W3C `traceparent`) where it has one. */
  readonly startSpan: (request: IncomingMessage) => OperationSpan;
  /** Sends what waits, for a few seconds at most. */
  readonly close: () => Promise<void>;
}

/** W3C Trace Context, version 00: trace, parent, flags. */
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const TRACESTATE_MAX = 512;
const FLUSH_MS = 3_000;

/**
 * Loads OpenTelemetry and makes the exporter; nothing connects before the first span has ended. Its other settings
 * come from OpenTelemetry's own variables, such as OTEL_EXPORTER_OTLP_HEADERS and OTEL_TRACES_SAMPLER.
 */
export async function createTraces(url: URL): Promise<Traces> {
  const [api, sdk, resources, otlp] = await Promise.all([
    import("@opentelemetry/api"),
    import("@opentelemetry/sdk-trace-base"),
    import("@opentelemetry/resources"),
    import("@opentelemetry/exporter-trace-otlp-http"),
  ]);
  const exporter = new otlp.OTLPTraceExporter({ url: url.href });
  const provider = new sdk.BasicTracerProvider({
    resource: resources.resourceFromAttributes({ "service.name": process.env.OTEL_SERVICE_NAME ?? "etna" }),
    spanProcessors: [new sdk.BatchSpanProcessor(exporter)],
  });
  const tracer = provider.getTracer("etna");

  const parentOf = ({ headers }: IncomingMessage): Context => {
    const [, traceId, spanId, flags = "00"] = TRACEPARENT.exec(String(headers.traceparent ?? "")) ?? [];
    if (traceId === undefined || spanId === undefined) return api.ROOT_CONTEXT;
    const remote = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & api.TraceFlags.SAMPLED, isRemote: true };
    if (!api.isSpanContextValid(remote)) return api.ROOT_CONTEXT;
    const state = headers.tracestate;
    const isState = typeof state === "string" && state.length <= TRACESTATE_MAX;
    return api.trace.setSpanContext(api.ROOT_CONTEXT, {
      ...remote,
      ...(isState ? { traceState: api.createTraceState(state) } : {}),
    });
  };

  const headersOf = (span: Span): Record<string, string> => {
    const { traceId, spanId, traceFlags, traceState } = span.spanContext();
    const flags = traceFlags.toString(16).padStart(2, "0");
    const state = traceState?.serialize() ?? "";
    return { traceparent: `00-${traceId}-${spanId}-${flags}`, ...(state === "" ? {} : { tracestate: state }) };
  };

  const startSpan = (request: IncomingMessage): OperationSpan => {
    const parent = parentOf(request);
    const span = tracer.startSpan("operation", { kind: api.SpanKind.SERVER }, parent);
    const context = api.trace.setSpan(parent, span);
    const startCall = (server: string, operation: string): CallSpan => {
      const attributes = { "peer.service": server, "etna.upstream.operation": operation };
      const call = tracer.startSpan(`${server} ${operation}`, { kind: api.SpanKind.CLIENT, attributes }, context);
      return {
        headers: headersOf(call),
        end: (status, error) => {
          if (status !== null) call.setAttribute("http.response.status_code", status);
          if (error instanceof Error) {
            call.setAttribute("error.type", error.name);
            call.setStatus({ code: api.SpanStatusCode.ERROR, message: error.message });
          }
          call.end();
        },
      };
    };
    const end = ({ name, type, transport, codes, requestId, remembered }: OperationRecord) => {
      span.updateName(name === null ? type : `${type} ${name}`);
      span.setAttributes({
        "graphql.operation.type": type,
        ...(name === null ? {} : { "graphql.operation.name": name }),
        "etna.transport": transport,
        "etna.request_id": requestId,
        "etna.codes": [...codes],
        "etna.remembered": remembered,
      });
      if (codes.includes("INTERNAL_SERVER_ERROR")) span.setStatus({ code: api.SpanStatusCode.ERROR });
      span.end();
    };
    return { startCall, end };
  };

  let closing: Promise<void> | undefined;
  const close = async () => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, FLUSH_MS)));
    // A collector that is down must not keep Etna from stopping.
    await Promise.race([provider.shutdown().catch(() => undefined), late]);
    clearTimeout(timer);
  };
  return { startSpan, close: () => (closing ??= close()) };
}
