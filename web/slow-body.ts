/** A body that comes drop by drop holds a connection: every body is to be here in time, but for uploads, which say so. */
import type { FastifyRequest } from "fastify";
import type { WebServer } from "./route.ts";

export function demandPromptBody(server: WebServer, bodyMs: number): void {
	const waiting = new WeakMap<FastifyRequest, NodeJS.Timeout>();
	const arrived = (request: FastifyRequest) => {
		clearTimeout(waiting.get(request));
		waiting.delete(request);
	};
	server.addHook("preParsing", async (request) => {
		if (request.routeOptions.config.slowBody === true) return;
		const timer = setTimeout(() => request.raw.destroy(), bodyMs);
		waiting.set(request, timer.unref());
	});
	server.addHook("preValidation", async (request) => arrived(request));
	server.addHook("onResponse", async (request) => arrived(request));
	server.addHook("onRequestAbort", async (request) => arrived(request));
}
