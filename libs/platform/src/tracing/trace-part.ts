import { type Attributes, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';

import { SyncError } from '#domain';

/** What spans say of their work: ids, names and numbers of Muster's own, never what a user or a vendor has sent. */
export type SpanAttributes = Attributes;

/** A part of what is traced. */
export interface TracedPart {
  /** Of few values, as a metric's label. */
  name: string;
  /** `client`: it waits for another system's answer; `producer`: it leaves work to others. Absent: our own work. */
  kind?: 'client' | 'producer';
  attributes?: SpanAttributes;
  /** What a failure is called; by default its kind, or its class. */
  errorTypeOf?: (error: unknown) => string;
}

const TRACER = 'muster';

/** Muster's tracer: one that does nothing, unless {@link startTracing} has been called. */
export function musterTracer() {
  return trace.getTracer(TRACER);
}

/** Does a part of the traced work around it, as a span in it; where nothing is traced, it just does it. */
export async function tracePart<T>(part: TracedPart, work: () => Promise<T>): Promise<T> {
  if (!isTraced()) return work();
  return musterTracer().startActiveSpan(part.name, optionsOf(part), async (span) => {
    try {
      return await work();
    } catch (error) {
      markFailed(span, (part.errorTypeOf ?? errorTypeOf)(error));
      throw error;
    } finally {
      span.end();
    }
  });
}

/**
 * The same, for work that says by a callback that it is over: call what is returned then, if anything is. What part it
 * is, is asked only where that is traced.
 */
export function beginPart(describe: () => TracedPart): ((error?: unknown) => void) | undefined {
  if (!isTraced()) return undefined;
  const part = describe();
  const span = musterTracer().startSpan(part.name, optionsOf(part));
  return (error) => {
    if (error !== undefined && error !== null) markFailed(span, (part.errorTypeOf ?? errorTypeOf)(error));
    span.end();
  };
}

/** The span around has failed, though nothing is thrown. */
export function failSpan(errorType: string): void {
  const span = trace.getActiveSpan();
  if (span !== undefined) markFailed(span, errorType);
}

/** Says more of the span around. */
export function describeSpan(attributes: SpanAttributes): void {
  trace.getActiveSpan()?.setAttributes(attributes);
}

/** By the semantic conventions. No message: it may quote what a vendor or a user has sent. */
export function markFailed(span: Span, errorType: string): void {
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.setAttribute('error.type', errorType);
}

export function errorTypeOf(error: unknown): string {
  if (error instanceof SyncError) return error.kind;
  return error instanceof Error ? error.name : typeof error;
}

/** Not what is sampled out: its parts would be for nothing. */
function isTraced(): boolean {
  return trace.getActiveSpan()?.isRecording() === true;
}

function optionsOf({ kind, attributes }: TracedPart): { kind: SpanKind; attributes?: SpanAttributes } {
  return { kind: KINDS[kind ?? 'internal'], ...(attributes === undefined ? {} : { attributes }) };
}

const KINDS = { internal: SpanKind.INTERNAL, client: SpanKind.CLIENT, producer: SpanKind.PRODUCER };
