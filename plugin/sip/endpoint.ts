/**
 * The chat service as SIP requests reach it: which are ours, who may open a dialog, and what becomes of it.
 * Requests that are not for the chat service go on to whatever else the application has.
 */
import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import type { Logger } from "pino";
import type { Dispatcher } from "../commands/dispatch.ts";
import type { Rooms } from "../rooms/index.ts";
import type { SessionId, UserUri } from "../rooms/types.ts";
import {
	createSession,
	type Session,
	type Sessions,
} from "../sessions/index.ts";
import { guardControlConnection } from "./control-connection.ts";
import { type ChatDialog, createChatDialog } from "./dialog.ts";
import type {
	DrachtioServer,
	IncomingRequest,
	Reply,
	WireProtocol,
} from "./drachtio.ts";
import { actorOf, type Identity } from "./identity.ts";
import { parting } from "./parting.ts";
import { provision, provisioningEvent } from "./provisioning.ts";
import type { Registrar } from "./registrar.ts";
import { sdpAnswer } from "./sdp.ts";
import { headerParameter, userPart } from "./uri.ts";

export interface EndpointNeeds {
	readonly server: DrachtioServer;
	readonly identity: Identity;
	readonly registrar: Registrar | undefined;
	readonly sessions: Sessions;
	readonly rooms: Rooms;
	readonly dispatcher: Dispatcher;
	readonly log: Logger;
	readonly poolUri: string;
	readonly channelUri: string;
	/** User parts of further addresses of the pool. */
	readonly aliases: readonly string[];
	readonly roomManagementUrl?: string | undefined;
	readonly sessionExpiresSeconds: number;
	readonly sessionsPerUser: number;
}

export interface Endpoint {
	/** Takes no new dialog, says BYE to the live ones, and resolves when everybody has parted. */
	close(): Promise<void>;
}

interface Connected {
	readonly session: Session;
	readonly dialog: ChatDialog;
	readonly socket: Socket;
	/** The client's device, as far as it says so, and the address that it called. */
	readonly device: string | undefined;
}

const sweepMs = 30_000;
/** drachtio echoes From, To and Call-ID in one frame with the answer. */
const maxIdentifierLength = 2_000;

export function createEndpoint(needs: EndpointNeeds): Endpoint {
	const { server, log, sessions } = needs;
	const connected = new Map<Session, Connected>();
	const byUser = new Map<UserUri, Set<Connected>>();
	const parter = parting(needs);
	const services = new Map<string | undefined, string>([
		...needs.aliases.map((alias) => [alias, needs.poolUri] as const),
		[userPart(needs.poolUri), needs.poolUri],
		[userPart(needs.channelUri), needs.channelUri],
	]);
	let closing = false;

	function remember(entry: Connected): void {
		const { uri } = entry.session.actor;
		connected.set(entry.session, entry);
		byUser.set(uri, (byUser.get(uri) ?? new Set()).add(entry));
		sessions.add(entry.session);
	}

	function forget(session: Session): void {
		const entry = connected.get(session);
		if (entry === undefined) return;
		connected.delete(session);
		const others = byUser.get(session.actor.uri);
		others?.delete(entry);
		if (others?.size === 0) byUser.delete(session.actor.uri);
		sessions.remove(session);
		parter.part(session);
	}

	async function invite(
		request: IncomingRequest,
		reply: Reply,
		serviceUri: string,
	): Promise<void> {
		if (closing) {
			reply.send(503, { headers: { "Retry-After": "5" } });
			return;
		}
		const fault = unfit(request);
		if (fault !== undefined) {
			reply.send(fault.status, fault.reason);
			return;
		}
		let cancelled = false;
		request.on("cancel", () => {
			cancelled = true;
		});
		const user = await needs.identity.identify(request, reply);
		if (user === undefined || cancelled) return;
		if (!user.enabled) {
			reply.send(403, "Not enabled for persistent chat");
			return;
		}
		const device = deviceOf(request, serviceUri);
		for (const entry of byUser.get(user.uri) ?? []) {
			if (device !== undefined && entry.device === device) {
				entry.dialog.end("superseded by a new sign-in of the same device");
			}
		}
		if ((byUser.get(user.uri)?.size ?? 0) >= needs.sessionsPerUser) {
			reply.send(486, "Signed in on too many devices");
			return;
		}
		const dialog = await server.createUAS(request, reply, {
			localSdp: sdpAnswer(request.body ?? "", serviceUri),
			headers: {
				"Content-Type": "application/sdp",
				...(refreshes(request) && {
					Supported: "timer",
					"Session-Expires": `${needs.sessionExpiresSeconds};refresher=uac`,
				}),
			},
		});
		const chat: ChatDialog = createChatDialog({
			dialog,
			serviceUri,
			sessionExpiresSeconds: needs.sessionExpiresSeconds,
			log: log.child({ callId: dialog.sip.callId, user: user.uri }),
			onInfo: (body) => needs.dispatcher.dispatch(session, body),
			onEnd: () => forget(session),
		});
		const session = createSession(
			randomUUID() as SessionId,
			actorOf(user),
			chat,
		);
		remember({ session, dialog: chat, socket: dialog.socket, device });
		log.info({ callId: chat.callId, user: user.uri }, "dialog begun");
		if (closing) chat.end("shutting down");
	}

	function route(
		method: string,
		handle: (
			request: IncomingRequest,
			reply: Reply,
			next: () => void,
		) => Promise<void> | void,
	): void {
		server.use(method, (request, reply, next) => {
			Promise.resolve(handle(request, reply, next)).catch((error) => {
				log.error({ err: error, method }, "request not handled");
				if (!reply.finalResponseSent) {
					reply.send(503, { headers: { "Retry-After": "5" } });
				}
			});
		});
	}

	route("invite", (request, reply, next) => {
		const serviceUri = services.get(userPart(request.uri));
		if (serviceUri === undefined) return next();
		return invite(request, reply, serviceUri);
	});
	route("subscribe", (request, reply, next) => {
		const event = request.get("Event")?.split(";")[0]?.trim().toLowerCase();
		return event === provisioningEvent
			? provision(needs, request, reply)
			: next();
	});
	route("options", (_, reply) =>
		reply.send(200, {
			headers: {
				Accept: "application/sdp, text/plain",
				Allow: "INVITE, ACK, BYE, CANCEL, INFO, UPDATE, OPTIONS, SUBSCRIBE",
			},
		}),
	);
	// A dialog that is not known any more: 481 makes the client begin anew.
	route("info", (request, reply, next) =>
		headerParameter(request.get("To") ?? "", "tag") === undefined
			? next()
			: reply.send(481),
	);
	const { registrar } = needs;
	if (registrar !== undefined) {
		route("register", (request, reply) => registrar.handle(request, reply));
	}

	const guarded = new WeakSet<WireProtocol>();
	function guard(): void {
		const wire = server.app.client?.wp;
		if (wire === undefined || guarded.has(wire)) return;
		guarded.add(wire);
		guardControlConnection(wire, log, (socket) => {
			for (const entry of [...connected.values()]) {
				if (entry.socket === socket) entry.dialog.lost();
			}
		});
	}
	guard();
	server.on("connect", guard);

	const sweep = setInterval(() => {
		for (const { dialog } of connected.values()) {
			if (dialog.silentMs() > needs.sessionExpiresSeconds * 1000) {
				dialog.probe();
			}
		}
	}, sweepMs);

	return {
		async close() {
			closing = true;
			clearInterval(sweep);
			server.removeListener("connect", guard);
			for (const { dialog } of [...connected.values()]) {
				dialog.end("shutting down");
			}
			await parter.close();
		},
	};
}

/**
 * drachtio-server ends a dialog that has an interval and is not refreshed, so only those get one who keep it (RFC 4028).
 * COMPAT(UCCAPI): these keep it without saying so, and storm with UPDATEs when they are given none.
 */
function refreshes(request: IncomingRequest): boolean {
	return (
		/\btimer\b/i.test(request.get("Supported") ?? "") ||
		(request.get("User-Agent") ?? "").startsWith("UCCAPI/")
	);
}

/** What keeps this INVITE from becoming a dialog. */
function unfit(
	request: IncomingRequest,
): { status: number; reason: string } | undefined {
	if (!request.isNewInvite) {
		return { status: 481, reason: "Call/Transaction Does Not Exist" };
	}
	if (!request.has("Contact")) {
		return { status: 400, reason: "An INVITE needs a Contact" };
	}
	const names = ["From", "To", "Call-ID"].map(
		(name) => request.get(name) ?? "",
	);
	if (names.join("").length > maxIdentifierLength) {
		return { status: 400, reason: "From, To and Call-ID are too long" };
	}
	return undefined;
}

/** `epid` names the device, so that its new dialog takes the place of one that a crash left behind (MS-SIPRE). */
function deviceOf(
	request: IncomingRequest,
	serviceUri: string,
): string | undefined {
	const epid = headerParameter(request.get("From") ?? "", "epid");
	const instance = /\+sip\.instance="([^"]+)"/.exec(
		request.get("Contact") ?? "",
	)?.[1];
	const device = epid || instance;
	return device === undefined ? undefined : `${device} ${serviceUri}`;
}
