/** The one place where an error becomes an answer, and a fault is logged: by its route, never by what was asked. */
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import { ChatError } from "../plugin/errors.ts";
import { DoorError, problemOf } from "./errors.ts";
import type { WebServer } from "./route.ts";

const problemType = "application/problem+json; charset=utf-8";

/** What is told of a fault that nobody foresaw. */
export const unforeseen = new ChatError(
	"failed",
	"The service has a fault; its log says which.",
);

/** Too large, too slow, too often. */
const unheard = new Set([408, 413, 429]);
/** So much of a refused body is read to its end, so that the connection can be used again. */
const waitedForBytes = 64 * 1024;

export function tellFaults(server: WebServer, log: Logger): void {
	server.setErrorHandler((error, request, reply) => {
		const refusal = refusalOf(error as FastifyError);
		if (refusal === undefined) {
			log.error(
				{ err: error, route: routeOf(request) },
				"a fault at the web door",
			);
		}
		const told = refusal ?? unforeseen;
		const problem = problemOf(told);
		if (told instanceof DoorError && told.retryAfterSeconds !== undefined) {
			reply.header("retry-after", String(told.retryAfterSeconds));
		}
		// Who still sends what is refused is not listened to.
		if (unheard.has(problem.status) || sendsOn(request)) {
			reply.header("connection", "close");
		}
		return reply.code(problem.status).type(problemType).send(problem);
	});
	server.setNotFoundHandler((request, reply) => {
		if (sendsOn(request)) reply.header("connection", "close");
		const problem = problemOf(
			new DoorError("no-such-page", "There is nothing at this address."),
		);
		return reply.code(problem.status).type(problemType).send(problem);
	});
	server.addHook("onResponse", async (request, reply) => {
		log.debug(
			{
				route: routeOf(request),
				status: reply.statusCode,
				ms: Math.round(reply.elapsedTime),
			},
			"web request",
		);
	});
}

/** There is more of the body than one would wait for. */
function sendsOn({ raw }: FastifyRequest): boolean {
	const length = raw.headers["content-length"];
	const isEndless = raw.headers["transfer-encoding"] !== undefined;
	return !raw.complete && (isEndless || Number(length ?? 0) > waitedForBytes);
}

/** Before there is a route: an address that cannot be decoded. */
export function tellUnreadable(
	_: FastifyError,
	_request: FastifyRequest,
	reply: FastifyReply,
): void {
	const problem = problemOf(
		new ChatError("malformed", "The address of the request cannot be read."),
	);
	reply.code(problem.status).type(problemType).send(problem);
}

function routeOf({ method, routeOptions }: FastifyRequest): string {
	return `${method} ${routeOptions.url ?? "(none)"}`;
}

/** Undefined: nobody foresaw it. */
export function refusalOf(
	error: FastifyError,
): ChatError | DoorError | undefined {
	if (error instanceof ChatError || error instanceof DoorError) return error;
	switch (error.code) {
		case "FST_ERR_CTP_BODY_TOO_LARGE":
			return new ChatError(
				"too-large",
				"The body of the request is too large.",
			);
		case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
			return new DoorError(
				"unsupported-type",
				"The body must be application/json.",
			);
	}
	const { statusCode } = error;
	return statusCode !== undefined && statusCode >= 400 && statusCode < 500
		? new ChatError("malformed", "The request cannot be read.")
		: undefined;
}
