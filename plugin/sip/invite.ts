/** INVITE: who may open a dialog with the chat service, and how it is opened. */
import { createHash, randomUUID } from "node:crypto";
import type { Logger } from "pino";
import type { Dispatcher, InfoStatus } from "../commands/dispatch.ts";
import type { Load } from "../load/index.ts";
import type { SessionId, User } from "../rooms/types.ts";
import {
	createOutgoing,
	createSession,
	type Session,
	type Sessions,
} from "../sessions/index.ts";
import { fail, SpanKind, traced } from "../tracing.ts";
import type { Traffic } from "../traffic.ts";
import { allOf } from "./asserted.ts";
import { countAnswersIn } from "./counting.ts";
import { type ChatDialog, createChatDialog } from "./dialog.ts";
import type { DialogGuard } from "./dialog-guard.ts";
import type { Dismissal } from "./dismissal.ts";
import type { DrachtioServer, IncomingRequest, Reply } from "./drachtio.ts";
import type { Guests } from "./guests.ts";
import { actorOf, type Identity } from "./identity.ts";
import { isTooLong } from "./lengths.ts";
import type { Peer } from "./options.ts";
import type { Peers } from "./peers.ts";
import type { Publishing } from "./publishing.ts";
import type { RelayedSources } from "./relayed.ts";
import { retryAfterSeconds } from "./request-limits.ts";
import { sdpAnswer } from "./sdp.ts";
import { createUnderWay } from "./under-way.ts";
import { headerParameter, isMicrosoftLike } from "./uri.ts";

export interface InviteNeeds {
	readonly createUAS: DrachtioServer["createUAS"];
	readonly identity: Identity;
	readonly guard: DialogGuard;
	readonly peers: Pick<Peers, "of">;
	readonly guests: Guests;
	readonly sessions: Sessions;
	readonly dispatcher: Dispatcher;
	readonly publishing: Publishing;
	readonly dismissal: Pick<Dismissal, "generation" | "dismiss">;
	/** Is no new dialog to be taken, while those that there are go on? */
	readonly drained: () => boolean;
	readonly load: Pick<Load, "refuses">;
	readonly traffic: Pick<Traffic, "note">;
	readonly relayed: Pick<RelayedSources, "connectionOf" | "sourceOf">;
	readonly log: Logger;
	readonly sessionExpiresSeconds: number;
	readonly sessionsPerUser: number;
}

export interface Inviting {
	/** `serviceUri`: which of the service's addresses was called. */
	handle(
		request: IncomingRequest,
		reply: Reply,
		serviceUri: string,
	): Promise<void>;
	/** From now on nobody is let in. */
	close(): void;
}

export function createInviting(needs: InviteNeeds): Inviting {
	const underWay = createUnderWay(needs.dismissal);
	let closing = false;

	/** The user who has been let in. */
	async function answer(
		request: IncomingRequest,
		reply: Reply,
		serviceUri: string,
	): Promise<User | undefined> {
		let cancelled = false;
		request.on("cancel", () => {
			cancelled = true;
		});
		const user = await needs.identity.identify(request, reply);
		if (user === undefined || cancelled) return undefined;
		if (!user.enabled) {
			reply.send(403, "Not enabled for persistent chat");
			return undefined;
		}
		const peer = needs.peers.of(request);
		const b2bua = peer?.behaves === "b2bua" ? peer : undefined;
		const device = deviceOf(request, serviceUri, b2bua);
		const waiting = underWay.of(user.uri);
		const others = needs.guests.othersOf(user.uri, device) + waiting;
		if (others >= needs.sessionsPerUser) {
			reply.send(486, "Signed in on too many devices");
			return undefined;
		}
		await underWay.count(user.uri, () =>
			open(needs, request, reply, { user, serviceUri, device, b2bua }),
		);
		return user;
	}

	return {
		async handle(request, reply, serviceUri) {
			const notNow = closing || needs.drained();
			const fault = notNow ? undefined : unfit(request);
			if (fault !== undefined) {
				reply.send(fault.status, fault.reason);
				return;
			}
			if (notNow || needs.load.refuses("sign-in")) {
				const headers = { "Retry-After": String(retryAfterSeconds) };
				reply.send(503, { headers });
				return;
			}
			await underWay.admit(() => answer(request, reply, serviceUri));
			if (closing) needs.guests.endAll("shutting down");
		},
		close() {
			closing = true;
		},
	};
}

/** The option tag of clients that read several messages and notices from one INFO (docs/wire.md). */
const batchTag = "xccos-batch";

async function open(
	needs: InviteNeeds,
	request: IncomingRequest,
	reply: Reply,
	{
		user,
		serviceUri,
		device,
		b2bua,
	}: {
		readonly user: User;
		readonly serviceUri: string;
		readonly device: string | undefined;
		/** The trusted peer on the way that answers INFO by itself. */
		readonly b2bua: Peer | undefined;
	},
): Promise<void> {
	const { guests, log, sessionExpiresSeconds } = needs;
	const sdp = sdpAnswer(request.body ?? "", serviceUri);
	const dialog = await needs.createUAS(request, reply, {
		localSdp: sdp,
		headers: {
			"Content-Type": "application/sdp",
			...(refreshes(request) && {
				Supported: "timer",
				"Session-Expires": `${sessionExpiresSeconds};refresher=uac`,
			}),
		},
	});
	// The library tells of a BYE only those who listen already.
	if (!dialog.connected) return;
	const chat: ChatDialog = createChatDialog({
		dialog,
		outgoing: createOutgoing(needs.sessions),
		serviceUri,
		sdp,
		answersFirst: b2bua !== undefined,
		batches: supports(request, batchTag),
		sessionExpiresSeconds,
		log: log.child({ callId: dialog.sip.callId, user: user.uri }),
		onInfo: (body) =>
			tracedInfo(session, () => needs.dispatcher.dispatch(session, body)),
		onAnswer: (method, status) =>
			needs.traffic.note({ type: "sent", method, status }),
		onPublish: (publish, answer) =>
			void needs.publishing.handleOf(session.actor, publish, answer),
		onEnd: (left) => guests.remove(session, left),
	});
	const refuse = (info: IncomingRequest, answer: Reply) => {
		answer.send(200);
		needs.dispatcher.refuse(session, info.body ?? "");
	};
	needs.guard.watch(dialog, request, user.uri, b2bua && refuse);
	countAnswersIn(dialog, needs.traffic.note);
	const id = randomUUID() as SessionId;
	const key = b2bua ? undefined : returnKey(request, serviceUri);
	const webSession = needs.identity.webSessionOf(request);
	const session = createSession(
		id,
		{ ...actorOf(user), cameFrom: needs.relayed.sourceOf(request) },
		chat,
		{
			device:
				key === undefined ? undefined : { key, free: () => guests.free(key) },
			fromPage: webSession !== undefined,
			repliesOnly: b2bua !== undefined,
		},
	);
	guests.add({
		session,
		dialog: chat,
		socket: dialog.socket,
		device,
		maxIdleMs: b2bua?.idleSeconds && b2bua.idleSeconds * 1000,
		webSession,
		connection: needs.relayed.connectionOf(request),
	});
	log.info({ callId: chat.callId, user: user.uri }, "dialog begun");
}

/**
 * drachtio-server ends a dialog that has an interval and is not refreshed, so only those get one who keep it (RFC 4028).
 * COMPAT(pidgin-sipe): it keeps it without saying so, and storms with UPDATEs when it is given none.
 */
function refreshes(request: IncomingRequest): boolean {
	return supports(request, "timer") || isMicrosoftLike(request);
}

/** RFC 3261, section 20.37; the compact form is `k`. */
function supports(request: IncomingRequest, tag: string): boolean {
	const header = request.get("Supported") ?? request.get("k") ?? "";
	return header.split(",").some((each) => each.trim().toLowerCase() === tag);
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
	return isTooLong(request)
		? { status: 400, reason: "From, To or Call-ID is too long" }
		: undefined;
}

/**
 * `epid` names the device (MS-SIPRE), `+sip.instance` too (RFC 5626). Neither comes through a B2BUA, behind which a client that
 * died leaves a dialog that stays: unless the peer names devices, all that come by it are one.
 */
function deviceOf(
	request: IncomingRequest,
	serviceUri: string,
	b2bua: Peer | undefined,
): string | undefined {
	if (b2bua !== undefined) {
		const named = b2bua.deviceIn && allOf(b2bua.deviceIn, request.raw);
		return `${b2bua.address} ${(named ?? "").slice(0, 200)} ${serviceUri}`;
	}
	const epid = headerParameter(request.get("From") ?? "", "epid");
	const instance = /\+sip\.instance="([^"]+)"/.exec(
		request.get("Contact") ?? "",
	)?.[1];
	const device = epid || instance;
	return device === undefined ? undefined : `${device} ${serviceUri}`;
}

/** Clients that name their device by `epid` come back as the ones they were; others join their rooms again by themselves. */
function returnKey(
	request: IncomingRequest,
	serviceUri: string,
): string | undefined {
	const epid = headerParameter(request.get("From") ?? "", "epid");
	if (!epid) return undefined;
	return createHash("sha256").update(`${epid} ${serviceUri}`).digest("hex");
}

function tracedInfo(
	{ outlet }: Session,
	answer: () => Promise<InfoStatus>,
): Promise<InfoStatus> {
	const attributes = { "sip.method": "INFO", "sip.call_id": outlet.callId };
	return traced("INFO", { kind: SpanKind.SERVER, attributes }, async (span) => {
		const found = await answer();
		span.setAttribute("sip.status_code", found.status);
		if (found.status >= 500) fail(span, String(found.status));
		return found;
	});
}
