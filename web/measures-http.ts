/** What is measured of the web door: requests by route and answer. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";

const seconds = [0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30];
/** Open for as long as its reader likes. */
const streaming = "/api/events";

/** Gives what notes a request that was answered, and how many event streams are open. */
export function measureHttp(registry: Registry) {
	const registers = [registry];
	const requests = new Counter({
		name: "persistent_chat_http_requests_total",
		help: "Requests at the web door, by route and status; files come by /api/uploads",
		labelNames: ["method", "route", "code"],
		registers,
	});
	const duration = new Histogram({
		name: "persistent_chat_http_request_duration_seconds",
		help: "From a request at the web door until its answer was sent; event streams are not in it",
		labelNames: ["method"],
		buckets: seconds,
		registers,
	});
	const streams = new Gauge({
		name: "persistent_chat_web_event_streams",
		help: "Event streams of browsers open on this node",
		registers,
	});
	return {
		note(request: FastifyRequest, { statusCode, elapsedTime }: FastifyReply) {
			const { url } = request.routeOptions;
			// Of what no route takes the method is anybody's word.
			const method = url === undefined ? "other" : request.method;
			const route = url ?? "none";
			requests.inc({ method, route, code: String(statusCode) });
			if (url !== undefined && url !== streaming) {
				duration.observe({ method }, elapsedTime / 1_000);
			}
		},
		streams: (open: number) => streams.set(open),
	};
}
