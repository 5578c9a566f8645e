/** Where the traces of `plugin/tracing.ts` go: to an OpenTelemetry collector, by OTLP over HTTP. */
import { context, DiagLogLevel, diag, trace } from "@opentelemetry/api";
import type { Logger } from "pino";
import type { Configuration } from "./configuration/index.ts";

type Settings = Configuration["tracing"];

/** Spans that wait to be sent; more are dropped. */
const maxQueueSize = 8_192;
const sendMs = 5_000;

/** From now on spans are recorded, where the settings say so. Gives what ends it, and sends what is left. */
export async function exportTraces(
	{ endpoint, headers, share }: Settings,
	node: string,
	log: Pick<Logger, "warn">,
): Promise<() => Promise<void>> {
	if (endpoint === undefined) return async () => {};
	// Who traces nothing does not wait for it at each start.
	const [base, hooks, otlp, resources] = await Promise.all([
		import("@opentelemetry/sdk-trace-base"),
		import("@opentelemetry/context-async-hooks"),
		import("@opentelemetry/exporter-trace-otlp-http"),
		import("@opentelemetry/resources"),
	]);
	const complain = (text: string) => log.warn({ text }, "traces not exported");
	const quiet = () => {};
	diag.setLogger(
		{
			...{ error: complain, warn: complain },
			...{ info: quiet, debug: quiet, verbose: quiet },
		},
		DiagLogLevel.WARN,
	);
	const exporter = new otlp.OTLPTraceExporter({
		url: endpoint,
		headers: { ...headers },
		timeoutMillis: sendMs,
	});
	const provider = new base.BasicTracerProvider({
		resource: resources.resourceFromAttributes({
			"service.name": "drachtio-persistent-chat",
			"service.instance.id": node,
		}),
		sampler: new base.ParentBasedSampler({
			root: new base.TraceIdRatioBasedSampler(share),
		}),
		spanProcessors: [
			new base.BatchSpanProcessor(exporter, {
				maxQueueSize,
				exportTimeoutMillis: sendMs,
			}),
		],
	});
	context.setGlobalContextManager(
		new hooks.AsyncLocalStorageContextManager().enable(),
	);
	trace.setGlobalTracerProvider(provider);
	return async () => {
		await provider.shutdown();
		trace.disable();
		context.disable();
		diag.disable();
	};
}
