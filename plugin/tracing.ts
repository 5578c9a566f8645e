/**
 * Spans for OpenTelemetry, from a request to its commit and to who hears of it (docs/tracing.md). Whoever runs the service says
 * where they go, by the provider that he registers; without one they go nowhere, and cost next to nothing.
 */
import {
	type Attributes,
	type Context,
	context,
	type Span,
	type SpanKind,
	SpanStatusCode,
	trace,
} from "@opentelemetry/api";

export { SpanKind } from "@opentelemetry/api";

/** What a span is part of. */
export type TraceContext = Context;

export interface SpanOptions {
	readonly kind?: SpanKind;
	/** Never what people wrote, nor a name of a file. */
	readonly attributes?: Attributes;
	/** Default: what is being traced just now. */
	readonly parent?: TraceContext;
	/** Others that wait for the same. */
	readonly also?: readonly TraceContext[];
}

const tracer = trace.getTracer("drachtio-persistent-chat");

/** `work` and all that it waits for is this span. What it throws is its failure. */
export async function traced<T>(
	name: string,
	{ kind, attributes, parent = context.active(), also = [] }: SpanOptions,
	work: (span: Span) => Promise<T>,
): Promise<T> {
	const links = also.flatMap((other) => {
		const found = trace.getSpanContext(other);
		return found === undefined ? [] : [{ context: found }];
	});
	const options = {
		...(kind !== undefined && { kind }),
		...(attributes && { attributes }),
		...(links.length > 0 && { links }),
	};
	return tracer.startActiveSpan(name, options, parent, async (span) => {
		try {
			return await work(span);
		} catch (error) {
			fail(span, error instanceof Error ? error.name : "failed");
			throw error;
		} finally {
			span.end();
		}
	});
}

/** Why, in a word: a sentence may quote somebody. */
export function fail(span: Span, why: string): void {
	span.setStatus({ code: SpanStatusCode.ERROR, message: why });
}

export function tracedNow(): TraceContext {
	return context.active();
}

const sampled = 1;
const form = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** As another node may be told of it (W3C Trace Context, `traceparent`); undefined when nobody records this. */
export function traceParent(of: TraceContext): string | undefined {
	const found = trace.getSpanContext(of);
	if (found === undefined || (found.traceFlags & sampled) === 0)
		return undefined;
	const flags = found.traceFlags.toString(16).padStart(2, "0");
	return `00-${found.traceId}-${found.spanId}-${flags}`;
}

/** What another node has told; what is not one is none. */
export function traceOf(parent: string | undefined): TraceContext {
	const [, traceId, spanId, flags] = form.exec(parent ?? "") ?? [];
	if (traceId === undefined || spanId === undefined || flags === undefined) {
		return context.active();
	}
	return trace.setSpanContext(context.active(), {
		...{ traceId, spanId, isRemote: true },
		traceFlags: Number.parseInt(flags, 16),
	});
}
