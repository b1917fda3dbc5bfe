import { randomUUID } from 'node:crypto';

import { context, propagation, trace } from '@opentelemetry/api';

import type { Configuration } from '../config/configuration.js';
import type { Logger } from '../logging/logger.js';
import { MUSTER_VERSION } from '../muster-version.js';
import { withinTime } from '../within-time.js';

/** How long a process that stops waits for its last spans to be taken, in milliseconds. */
const FLUSH_LIMIT_MS = 3_000;
/** How often the log says that spans are not taken, at most, in milliseconds. */
const TELL_EVERY_MS = 60_000;

export interface TracingOptions extends NonNullable<Configuration['tracing']> {
  /** What the process is called, where OTEL_SERVICE_NAME doesn't say. */
  applicationName: string;
  log: Logger;
}

/**
 * Sends the process's spans by OTLP, from now on until what is returned is called, which sends the rest. Only now is
 * OpenTelemetry's SDK loaded; it reads the rest of its variables itself. A receiver that is slow or away costs spans,
 * never work.
 */
export async function startTracing({
  protocol,
  applicationName,
  log,
}: TracingOptions): Promise<() => Promise<void>> {
  const [{ BatchSpanProcessor, NodeTracerProvider }, core, resources, { OTLPTraceExporter }] =
    await Promise.all([
      import('@opentelemetry/sdk-trace-node'),
      import('@opentelemetry/core'),
      import('@opentelemetry/resources'),
      protocol === 'http/json'
        ? import('@opentelemetry/exporter-trace-otlp-http')
        : import('@opentelemetry/exporter-trace-otlp-proto'),
    ]);
  core.setGlobalErrorHandler(tellSometimes(log));
  const own = resources.resourceFromAttributes({
    'service.name': applicationName,
    'service.version': MUSTER_VERSION,
    'service.instance.id': randomUUID(),
  });
  const fromEnvironment = resources.detectResources({ detectors: [resources.envDetector] });
  const provider = new NodeTracerProvider({
    resource: resources.defaultResource().merge(own).merge(fromEnvironment),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  // Trace context alone: baggage would carry whatever callers put into it.
  provider.register({ propagator: new core.W3CTraceContextPropagator() });
  return async () => {
    for (const global of [trace, context, propagation]) global.disable();
    try {
      const seconds = String(FLUSH_LIMIT_MS / 1_000);
      await withinTime(provider.shutdown(), FLUSH_LIMIT_MS, `The receiver took no spans for ${seconds} s.`);
    } catch (error) {
      log.warn({ err: error }, 'the last spans could not be sent; they are lost');
    }
  };
}

function tellSometimes(log: Logger): (error: unknown) => void {
  let toldAt = -Infinity;
  return (error) => {
    if (performance.now() - toldAt < TELL_EVERY_MS) return;
    toldAt = performance.now();
    log.warn({ err: error }, 'spans could not be sent; they are lost');
  };
}
