/** The HTTP server: its limits, who is let through to a route, and how everything that goes wrong is told. */
import cookie from "@fastify/cookie";
import rateLimit from "@fastify/rate-limit";
import fastify, { type FastifyRequest } from "fastify";
import type { WebSession } from "../plugin/index.ts";
import { describeRoutes } from "./api-document.ts";
import { changesSomething, demandCsrfToken, demandOwnOrigin } from "./csrf.ts";
import { DoorError } from "./errors.ts";
import type { StreamsNeeds } from "./events/streams.ts";
import { networkOf } from "./network.ts";
import type { OperationsNeeds } from "./operations/index.ts";
import type { WebSettings } from "./options.ts";
import { demandOwnHost, isLoopback } from "./own-host.ts";
import { demandPlainBody } from "./plain-body.ts";
import { tellFaults, tellUnreadable } from "./problems.ts";
import type { Routes, WebServer, WebWork } from "./route.ts";
import { sendSecurityHeaders } from "./security-headers.ts";
import type { SignedIn } from "./sessions.ts";
import { takeWebSockets } from "./sip/web-sockets.ts";
import { demandPromptBody } from "./slow-body.ts";
import { checkWithZod } from "./validation.ts";

/** Of a request; an upload says its own. */
const bodyBytes = 64 * 1024;
const headerBytes = 16 * 1024;
/** The longest upload; any other body is bounded by `slow-body.ts`. */
const requestMs = 3_600_000;
const keepAliveMs = 10_000;
const maxConnections = 10_000;
const parameterLength = 512;
/** Who comes while there is too much to do is to come again after so long. */
const busySeconds = 5;
/** The address that clients of the SIP network are told, and what it is there short for. */
const belowFileService = /^\/PersistentChat\/MGCWebService\.asmx\//i;

/** How long a request may take to arrive; an upload's body takes its own time. */
export interface Patience {
	readonly headersMs: number;
	readonly bodyMs: number;
	/** Of an upload, from one piece to the next; default 30,000. */
	readonly pieceMs?: number;
	/** Of event streams: see `events/streams.ts`. */
	readonly events?: Pick<
		StreamsNeeds,
		"bufferBytes" | "heartbeatMs" | "lookEveryMs"
	>;
	/** Whether who speaks SIP here is still signed in is asked so often; default 30,000. */
	readonly stillSignedInMs?: number;
	/** See `operations/index.ts`. */
	readonly operations?: Pick<OperationsNeeds, "sampleEveryMs" | "lookEveryMs">;
	/** The files of the certificate are looked at so often; default 600,000. */
	readonly certificateMs?: number;
}

export const oldestTls = "TLSv1.2";

/** PEM. */
export interface Tls {
	readonly cert: Buffer;
	readonly key: Buffer;
}

export async function createServer(
	work: WebWork,
	{
		secret,
		routes,
		tls,
		patience,
	}: {
		readonly secret: string;
		readonly routes: readonly Routes[];
		readonly tls: Tls | undefined;
		readonly patience: Patience;
	},
): Promise<WebServer> {
	const { settings, log } = work;
	const server = bareServer(settings, tls, patience);
	server.server.maxConnections = maxConnections;
	server.setValidatorCompiler(checkWithZod);
	server.setSerializerCompiler(() => JSON.stringify);
	// What another site's form can send is not taken.
	server.removeContentTypeParser("text/plain");
	tellFaults(server, log);
	await takeWebSockets(server);
	await server.register(cookie, { secret });
	await sendSecurityHeaders(server, work);
	await server.register(rateLimit, {
		global: false,
		max: settings.requestsPerMinute,
		timeWindow: 60_000,
		keyGenerator: ({ ip }) => networkOf(ip),
		cache: 50_000,
		errorResponseBuilder: (_, { ttl }) =>
			new DoorError(
				"too-often",
				`Too many requests from this address; at most ${settings.requestsPerMinute} in a minute.`,
				{ retryAfterSeconds: Math.ceil(ttl / 1_000) },
			),
	});
	// Before anything else is looked at, and for what is refused too.
	server.addHook("onRequest", server.rateLimit());
	if (isLoopback(settings.host)) {
		server.addHook("onRequest", async (request) =>
			demandOwnHost(request, settings),
		);
	}
	server.addHook("onResponse", async (request, reply) =>
		work.measures.answered(request, reply),
	);
	server.addHook("onRequest", async (request) => demandRoom(request, work));
	letThrough(server, work);
	demandPlainBody(server);
	demandPromptBody(server, patience.bodyMs);
	await describeRoutes(server);
	for (const route of routes) {
		await server.register(async (scope) => route(scope as WebServer, work));
	}
	return server;
}

function bareServer(
	{ trustedProxies }: WebSettings,
	tls: Tls | undefined,
	{ headersMs }: Patience,
): WebServer {
	const bounds = {
		maxHeaderSize: headerBytes,
		headersTimeout: headersMs,
		connectionsCheckingInterval: Math.min(1_000, headersMs),
	};
	const common = {
		// Addresses hold what people search for: `problems.ts` logs the route instead.
		logger: false,
		bodyLimit: bodyBytes,
		requestTimeout: requestMs,
		keepAliveTimeout: keepAliveMs,
		forceCloseConnections: true,
		trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
		routerOptions: { maxParamLength: parameterLength },
		frameworkErrors: tellUnreadable,
		rewriteUrl: ({ url = "" }: { url?: string | undefined }) =>
			url.replace(belowFileService, "/files/"),
	} as const;
	const server =
		tls === undefined
			? fastify({ ...common, http: bounds })
			: fastify({
					...common,
					https: {
						...bounds,
						...tls,
						minVersion: oldestTls,
					},
				});
	return server as unknown as WebServer;
}

/** Every route demands sign-in, and of what changes something that it is our own pages' wish, unless it says otherwise. */
function letThrough(server: WebServer, { sessions, settings }: WebWork): void {
	const signedIn = new WeakMap<FastifyRequest, SignedIn>();
	const of = (request: FastifyRequest): SignedIn => {
		const found = signedIn.get(request);
		if (found === undefined) throw notSignedIn();
		return found;
	};
	server.decorateRequest("actor", {
		getter(this: FastifyRequest) {
			return of(this).actor;
		},
	});
	server.decorateRequest("webSession", {
		getter(this: FastifyRequest): WebSession {
			return of(this).session;
		},
	});
	server.addHook("onRequest", async (request) => {
		if (request.is404) return;
		const changes = changesSomething(request);
		if (changes) demandOwnOrigin(request, settings.publicUrl);
		if (request.routeOptions.config.access === "everybody") return;
		const found = await sessions.of(request);
		if (found === undefined) throw notSignedIn();
		if (changes) demandCsrfToken(request, found.session, sessions);
		signedIn.set(request, found);
	});
}

/** For one request more. */
function demandRoom(
	{ is404, routeOptions: { config } }: FastifyRequest,
	{ load }: WebWork,
): void {
	const usual = config.access === "everybody" ? "served" : "refused";
	if (is404 || (config.underLoad ?? usual) === "served") return;
	if (!load.refuses("web")) return;
	throw new DoorError(
		"too-busy",
		"The service has too much to do just now; try again in a few seconds.",
		{ retryAfterSeconds: busySeconds },
	);
}

function notSignedIn(): DoorError {
	return new DoorError("not-signed-in", "Sign in first.");
}
