import {
  type Context,
  context,
  createContextKey,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  trace,
} from '@opentelemetry/api';

import { markFailed, musterTracer, type SpanAttributes } from './trace-part.js';

/** The span that something is a part of, as W3C Trace Context's headers tell it: `traceparent` and `tracestate`. */
export type TraceParent = Readonly<Record<string, string | string[] | undefined>>;

export interface TracedWorkOptions {
  /** Of few values, as a metric's label. */
  name: string;
  /** `server`: somebody waits for an answer; `consumer`: somebody has left work. */
  kind: 'server' | 'consumer';
  attributes: SpanAttributes;
  /** Whose span it is a part of; without, it begins a trace. */
  parent: TraceParent;
}

/** Under this key a context has the traceparent of jobs that are made in it. */
const JOB_PARENT = createContextKey('parent of jobs');

/** Work that another process has asked for: a request, a job. Its span begins and ends where its maker says. */
export class TracedWork {
  private readonly span: Span;
  private readonly context: Context;

  constructor({ name, kind, attributes, parent }: TracedWorkOptions) {
    const around = propagation.extract(ROOT_CONTEXT, parent);
    this.span = musterTracer().startSpan(
      name,
      { kind: kind === 'server' ? SpanKind.SERVER : SpanKind.CONSUMER, attributes },
      around,
    );
    this.context = trace.setSpan(around, this.span);
  }

  /** Does some of it. */
  during<T>(work: () => T): T {
    return context.with(this.context, work);
  }

  /** @param errorType how it failed, if it did */
  end(attributes: SpanAttributes, errorType?: string): void {
    this.span.setAttributes(attributes);
    if (errorType !== undefined) markFailed(this.span, errorType);
    this.span.end();
  }
}

/** Does work whose jobs are parts of this span, if there is one, rather than of the work itself. */
export function leaveJobsTo<T>(traceparent: string | undefined, work: () => T): T {
  if (traceparent === undefined) return work();
  return context.with(context.active().setValue(JOB_PARENT, traceparent), work);
}

/** What a job is to be a part of that is made now; undefined where nothing is traced. */
export function jobTraceparent(): string | undefined {
  const around = context.active();
  const given = around.getValue(JOB_PARENT);
  if (typeof given === 'string') return given;
  const headers: { traceparent?: string } = {};
  propagation.inject(around, headers);
  return headers.traceparent;
}

/** Does work that is no part of what is traced around it. */
export function traceApart<T>(work: () => T): T {
  return context.with(ROOT_CONTEXT, work);
}

/** The ids by which the log's lines are found from a trace, and the other way round. */
export function currentTrace(): { trace_id?: string; span_id?: string } {
  const span = trace.getActiveSpan();
  if (span === undefined) return {};
  const { traceId, spanId } = span.spanContext();
  return { trace_id: traceId, span_id: spanId };
}
