/** `createWeb()`: the second door to the same rooms, over HTTP. Starts nothing on import. */
import type { Logger } from "pino";
import type { PersistentChat } from "../plugin/index.ts";
import { builtPageRoutes } from "./built-pages.ts";
import { readTls, renewTls } from "./certificate.ts";
import { WebRefused, wordsOf } from "./errors.ts";
import { eventRoutes } from "./events/routes.ts";
import { createStreams } from "./events/streams.ts";
import { tokenRoutes } from "./files/by-token.ts";
import { downloadRoutes } from "./files/downloads.ts";
import { uploadPieceRoutes, uploadRoutes } from "./files/uploads.ts";
import { healthRoutes } from "./health.ts";
import { linkRoutes } from "./link-sign-in.ts";
import { createMeasures } from "./measures.ts";
import { metricsRoutes } from "./metrics.ts";
import { waysRoutes } from "./open-id/sign-in.ts";
import { createOperations } from "./operations/index.ts";
import { operationsRoutes } from "./operations/routes.ts";
import type { WebSettings } from "./options.ts";
import { isLoopback } from "./own-host.ts";
import { categoryRoutes } from "./rooms/categories.ts";
import { roomListRoutes } from "./rooms/lists.ts";
import { managingRoutes } from "./rooms/managing.ts";
import { peopleRoutes } from "./rooms/people.ts";
import { removingRoutes } from "./rooms/removing.ts";
import { roomRoutes } from "./rooms/room.ts";
import type { Routes, WebServer, WebWork } from "./route.ts";
import { createServer, type Patience } from "./server.ts";
import { createWebSessions } from "./sessions.ts";
import { signInRoutes } from "./sign-in.ts";
import { sipAddress } from "./sip/address.ts";
import { sipRelayRoutes } from "./sip/relay.ts";
import { sipTicketRoutes } from "./sip/ticket.ts";
import { soapRoutes } from "./soap/service.ts";

export { WebRefused } from "./errors.ts";
export { type WebSettings, webSchema } from "./options.ts";

export interface WebOptions {
	readonly chat: Pick<
		PersistentChat,
		| "rooms"
		| "accounts"
		| "condition"
		| "fileBytes"
		| "compliance"
		| "sipTickets"
		| "signInLinks"
		| "relayed"
		| "tokens"
		| "watching"
		| "load"
		| "webDoorAt"
	>;
	readonly settings: WebSettings;
	/** The SIP domain. */
	readonly domain: string;
	/** `ws://…` of the embedded SIP edge, where there is one: browsers' SIP is relayed there, unless `settings` say where. */
	readonly sipServerUrl?: string | undefined;
	readonly log: Logger;
	readonly now?: () => Date;
	readonly patience?: Patience;
}

export interface Web {
	/** Where it listens: `http://127.0.0.1:8080`. */
	readonly address: string;
	/** Event streams that are open now. */
	streams(): number;
	/** Takes no more requests; those under way are ended. */
	close(): Promise<void>;
}

/** Everything this door answers, on one screen; a new route file is a line here. */
const routes: readonly Routes[] = [
	signInRoutes,
	linkRoutes,
	waysRoutes,
	sipTicketRoutes,
	sipRelayRoutes,
	roomListRoutes,
	roomRoutes,
	managingRoutes,
	removingRoutes,
	categoryRoutes,
	peopleRoutes,
	uploadRoutes,
	uploadPieceRoutes,
	downloadRoutes,
	tokenRoutes,
	soapRoutes,
	eventRoutes,
	operationsRoutes,
	healthRoutes,
	metricsRoutes,
	builtPageRoutes,
];

const defaultPatience: Patience = { headersMs: 10_000, bodyMs: 10_000 };
const defaultPieceMs = 30_000;
const defaultStillSignedInMs = 30_000;
const defaultCertificateMs = 600_000;
const purgeEveryMs = 3_600_000;

/** Throws `WebRefused`, `ChatError('unavailable')`; then nothing of it is left running. */
export async function createWeb(options: WebOptions): Promise<Web> {
	const { chat, settings, log, patience = defaultPatience } = options;
	demandOpenIdAddress(settings);
	const tls = settings.tls && readTls(settings.tls);
	const secret = await chat.accounts.secret();
	const site: SiteFound = { address: settings.publicUrl };
	const work = workOf(options, { secret, site });
	const { server, address } = await open(work, {
		...{ secret, routes, tls, patience },
	}).catch(async (error: unknown) => {
		work.measures.close();
		await Promise.all([work.streams.close(), work.operations.close()]);
		throw error;
	});
	if (canBeReached(settings)) site.address ??= address;
	if (site.address !== undefined) chat.webDoorAt(site.address);
	if (!work.secure && !isLoopback(settings.host)) {
		log.warn(
			{ host: settings.host },
			"passwords come unencrypted: set web.tls, or web.publicUrl where a proxy has HTTPS",
		);
	}
	const stopRenewing = renewTls(server.server, {
		files: settings.tls,
		everyMs: patience.certificateMs ?? defaultCertificateMs,
		log,
	});
	const stopPurging = purgeNowAndThen(options, work);
	return {
		address,
		streams: work.streams.count,
		async close() {
			stopPurging();
			stopRenewing();
			await server.close();
		},
	};
}

/** Where people find this door, once that is known. */
interface SiteFound {
	address: string | undefined;
}

/** What the routes work with. Its streams and operations are to be closed. */
function workOf(
	{
		chat,
		settings,
		domain,
		log,
		now = () => new Date(),
		patience = defaultPatience,
		sipServerUrl = undefined,
	}: WebOptions,
	{ secret, site }: { readonly secret: string; readonly site: SiteFound },
): WebWork {
	const { accounts, condition, sipTickets } = chat;
	const secure =
		settings.tls !== undefined ||
		(settings.publicUrl?.startsWith("https:") ?? false);
	const { onEvent } = condition;
	const streams = createStreams({
		...{ accounts, onEvent, log, now },
		...patience.events,
	});
	const sessions = createWebSessions({
		...{ accounts, settings, secure, secret, now },
		onEnd(ended) {
			streams.sessionsEnded(ended);
			sipTickets.sessionEnded();
		},
	});
	const relayedTo = settings.sipServerUrl ?? sipServerUrl;
	const relays = relayedTo !== undefined;
	return {
		...chat,
		...{ sessions, streams, settings, secure, domain, log, now },
		sipServerUrl: relayedTo,
		operations: createOperations({
			...{ ...chat, streams, now },
			...patience.operations,
		}),
		measures: createMeasures({ ...chat, streams, log, now }),
		sipAddress: sipAddress({ ...settings, relays }),
		siteAddress: () => site.address?.replace(/\/$/, ""),
		pieceMs: patience.pieceMs ?? defaultPieceMs,
		stillSignedInMs: patience.stillSignedInMs ?? defaultStillSignedInMs,
	};
}

async function open(
	work: WebWork,
	needs: Parameters<typeof createServer>[1],
): Promise<{ readonly server: WebServer; readonly address: string }> {
	const server = await createServer(work, needs);
	return { server, address: await listen(server, work.settings) };
}

/** Until the answer is called. */
function purgeNowAndThen(
	{ chat, log }: WebOptions,
	{ sessions }: WebWork,
): () => void {
	const purging = setInterval(() => {
		Promise.all([sessions.purge(), chat.signInLinks.purge()]).catch(
			(error: unknown) => {
				log.warn({ err: error }, "web sessions that have ended not purged");
			},
		);
	}, purgeEveryMs);
	return () => clearInterval(purging);
}

async function listen(
	server: WebServer,
	{ host, port }: WebSettings,
): Promise<string> {
	try {
		return await server.listen({ host, port });
	} catch (cause) {
		await server.close();
		throw new WebRefused(
			`The web door cannot listen: ${wordsOf(cause)}. Choose another port or address with PERSISTENT_CHAT_WEB_PORT and PERSISTENT_CHAT_WEB_HOST (web.port, web.host), or none with PERSISTENT_CHAT_WEB_ENABLED=false.`,
			{ cause },
		);
	}
}

function demandOpenIdAddress(settings: WebSettings): void {
	if (settings.openId === undefined || canBeReached(settings)) return;
	throw new WebRefused(
		"OpenID needs the address that people come back to: say web.publicUrl (PERSISTENT_CHAT_WEB_PUBLIC_URL).",
	);
}

/** One that listens everywhere has no address that anybody could go to, unless it is said. */
function canBeReached({ publicUrl, host }: WebSettings): boolean {
	return publicUrl !== undefined || (host !== "0.0.0.0" && host !== "::");
}
