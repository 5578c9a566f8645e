/**
 * A body that comes drop by drop holds a connection: every body is to be here in time, but for uploads, which say so; and
 * for one that is answered before it is here, nobody waits longer.
 */
import type { FastifyRequest } from "fastify";
import type { WebServer } from "./route.ts";

export function demandPromptBody(server: WebServer, bodyMs: number): void {
	const waiting = new WeakMap<FastifyRequest, NodeJS.Timeout>();
	const arrived = (request: FastifyRequest) => {
		clearTimeout(waiting.get(request));
		waiting.delete(request);
	};
	const wait = (request: FastifyRequest) => {
		const timer = setTimeout(() => request.raw.destroy(), bodyMs);
		waiting.set(request, timer.unref());
	};
	server.addHook("preParsing", async (request) => {
		if (request.routeOptions.config.slowBody !== true) wait(request);
	});
	server.addHook("preValidation", async (request) => arrived(request));
	server.addHook("onResponse", async (request) => {
		arrived(request);
		if (request.raw.complete || request.raw.destroyed) return;
		wait(request);
		request.raw.once("close", () => arrived(request));
	});
	server.addHook("onRequestAbort", async (request) => arrived(request));
}
