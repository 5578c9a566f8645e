/**
 * A SIP dialog as this program needs it: INFOs out one at a time and in order, INFOs in, alive or ended once.
 *
 * States: *open* → *ended*. It ends when the client says BYE, when it no longer knows the dialog (481, 487: it has
 * started anew, 408 and silence: it is gone), when it does not take what is sent to it in time, when the control
 * connection is lost, and when `end` is called. Nothing is sent after that.
 */
import type { Logger } from "pino";
import type { InfoStatus } from "../commands/dispatch.ts";
import type { Outgoing, Outlet, Parcel } from "../sessions/index.ts";
import { maxFrameBytes, sharedFrameBytes } from "./control-connection.ts";
import type { DrachtioDialog, IncomingRequest, Reply } from "./drachtio.ts";
import { sdpAnswer } from "./sdp.ts";

export interface ChatDialog extends Outlet {
	/** How long ago the client was heard of, in milliseconds. */
	silentMs(): number;
	/** How long ago it asked for anything, in milliseconds. A B2BUA on the way may speak for it long after it has gone. */
	idleMs(): number;
	/** Asks the client whether it is there (OPTIONS); a dead one ends the dialog. */
	probe(): void;
	/** What waits for the client. */
	waiting(): { readonly bodies: number; readonly bytes: number };
	/** Is the client to be told anything, or to be answered? */
	owes(): boolean;
	/** The control connection is gone: ended without a word. */
	lost(): void;
	/** Says BYE, once. */
	end(reason: string): void;
}

export interface DialogNeeds {
	readonly dialog: DrachtioDialog;
	/** What waits for the client. */
	readonly outgoing: Outgoing;
	readonly serviceUri: string;
	/** The session description that the dialog was begun with. */
	readonly sdp: string;
	/** The status of an INFO reaches nobody: it is 200 at once, since a B2BUA has the next one wait for it. */
	readonly answersFirst: boolean;
	/** The client reads several messages from one INFO. */
	readonly batches: boolean;
	readonly sessionExpiresSeconds: number;
	readonly log: Logger;
	onInfo(body: string): Promise<InfoStatus>;
	/** A request of ours was answered, so; 0: not at all. */
	onAnswer?(method: string, status: number): void;
	/** SERVICE or PUBLISH: the user's presence document, where a SIP server passes it only in a dialog. */
	onPublish(request: IncomingRequest, reply: Reply): void;
	/** Called once. `left`: the client said BYE. */
	onEnd(left: boolean): void;
}

/** drachtio gives up an INFO after 32 s; when it does not say so (a lost frame), we do. */
const answerMs = 40_000;
/** What may wait for a slow client. */
const maxQueued = 2_000;
const maxQueuedBytes = 8 * 1024 * 1024;
/** The client cannot take it just now: it is sent again, so that nothing is missed. */
const passing = new Set([480, 486, 491, 500, 503, 504]);
const maxAttempts = 4;
const againMs = 500;
/** What a client sends because somebody wants something, and no B2BUA by itself. */
const asking = new Set(["INFO", "PUBLISH", "SERVICE"]);
/** The dialog does not exist any more, says the client or the server on its behalf. */
const gone = new Set([404, 408, 410, 481, 487]);

export function createChatDialog(needs: DialogNeeds): ChatDialog {
	const { dialog, log, outgoing } = needs;
	const frameBytes = sharedFrameBytes - overheadBytes(dialog);
	let busy = false;
	let ended = false;
	/** INFOs that are being answered. */
	let answering = 0;
	let heardAt = performance.now();
	let askedAt = heardAt;
	let deadline: NodeJS.Timeout | undefined;
	/** Notices wait for others to go with them. */
	let pause: NodeJS.Timeout | undefined;

	function finish(reason: string, bye: boolean, left = false): void {
		if (ended) return;
		ended = true;
		clearTimeout(deadline);
		clearTimeout(pause);
		outgoing.clear();
		log.info({ reason }, "dialog ended");
		if (bye) dialog.destroy({}, () => {});
		needs.onEnd(left);
	}

	/** Sends a request and waits for its answer; a dialog that is gone ends. */
	function ask(
		request: Parameters<DrachtioDialog["request"]>[0],
		done: (status: number) => void,
	): void {
		clearTimeout(deadline);
		deadline = setTimeout(() => finish("no answer", true), answerMs);
		dialog.request(request, (error, reply) => {
			if (ended) return;
			clearTimeout(deadline);
			needs.onAnswer?.(request.method, reply?.status ?? 0);
			if (error || reply === undefined) {
				log.warn({ err: error }, "request not sent");
				finish("request not sent", true);
			} else if (gone.has(reply.status)) {
				finish(`client answered ${reply.status}`, true);
			} else {
				heardAt = performance.now();
				if (reply.status >= 300) {
					log.warn({ status: reply.status }, "client refused a request");
				}
				done(reply.status);
			}
		});
	}

	function pump(): void {
		if (busy || ended) return;
		clearTimeout(pause);
		const next = outgoing.next(needs.batches ? frameBytes : 0);
		if (next === undefined) return;
		if ("waitMs" in next) {
			pause = setTimeout(pump, next.waitMs);
			return;
		}
		busy = true;
		sendParcel(next, 1);
	}

	function sendParcel(parcel: Parcel, attempt: number): void {
		const headers = { "Content-Type": "text/plain" };
		ask({ method: "INFO", headers, body: parcel.body }, (status) => {
			if (passing.has(status) && attempt < maxAttempts) {
				deadline = setTimeout(
					() => sendParcel(parcel, attempt + 1),
					againMs * attempt,
				);
				return;
			}
			if (status < 300) parcel.taken();
			busy = false;
			pump();
		});
	}

	function pumpUnlessSlow(): void {
		if (outgoing.count > maxQueued || outgoing.bytes > maxQueuedBytes) {
			finish("client too slow", true);
		} else {
			pump();
		}
	}

	const maxBytes = maxFrameBytes - overheadBytes(dialog);
	function fits(body: string): boolean {
		if (Buffer.byteLength(body) <= maxBytes) return true;
		log.error({ maxBytes }, "body too large for a frame; not sent");
		return false;
	}

	async function answered(body: string): Promise<InfoStatus> {
		answering += 1;
		try {
			return await needs.onInfo(body);
		} finally {
			answering -= 1;
		}
	}

	listen(
		{ ...needs, onInfo: answered },
		({ method }) => {
			heardAt = performance.now();
			if (asking.has(method)) askedAt = heardAt;
		},
		() => ended,
	);
	dialog.on("destroy", (bye) => {
		const expired = bye?.meta?.source === "application";
		finish(expired ? "session expired" : "client left", false, !expired);
	});

	return {
		callId: dialog.sip.callId,
		frameBytes,
		send(body, about) {
			if (ended || !fits(body)) return;
			outgoing.add(body, about);
			pumpUnlessSlow();
		},
		reply(reply) {
			if (ended) {
				reply.taken?.();
				return;
			}
			const parts = reply.parts.filter(({ body }) => fits(body));
			outgoing.addReply({ ...reply, parts });
			pumpUnlessSlow();
		},
		notify(notice) {
			if (ended) return;
			outgoing.addNotice(notice);
			pumpUnlessSlow();
		},
		revise: (revision) => outgoing.revise(revision),
		silentMs: () => performance.now() - heardAt,
		idleMs: () => performance.now() - askedAt,
		probe() {
			if (ended || busy) return;
			busy = true;
			ask({ method: "OPTIONS" }, () => {
				busy = false;
				pump();
			});
		},
		waiting: () => ({ bodies: outgoing.count, bytes: outgoing.bytes }),
		owes: () => !ended && (busy || answering > 0 || outgoing.count > 0),
		lost: () => finish("control connection lost", false),
		end: (reason) => finish(reason, true),
	};
}

/** What a frame takes beside the body: the leader line, the dialog's id, the headers. */
function overheadBytes({ id }: DrachtioDialog): number {
	return 200 + Buffer.byteLength(id);
}

/**
 * Every request that can come in a dialog is answered here. The library listens until the BYE that we sent is answered:
 * meanwhile the dialog is not known any more.
 */
function listen(
	needs: DialogNeeds,
	heard: (request: IncomingRequest) => void,
	ended: () => boolean,
): void {
	const { dialog, sessionExpiresSeconds, serviceUri } = needs;
	let { sdp } = needs;
	const on = (
		event: Parameters<DrachtioDialog["on"]>[0] & string,
		answer: (request: IncomingRequest, reply: Reply) => void,
	) =>
		dialog.on(event as "info", (request, reply) => {
			heard(request);
			if (ended()) reply.send(481);
			else answer(request, reply);
		});

	const info = (request: IncomingRequest, reply: Reply) => {
		const type = request.get("Content-Type");
		if (type === undefined || /^\s*text\/plain\s*(;|$)/i.test(type)) {
			answerInfo(needs, request, reply);
		} else if (needs.answersFirst) reply.send(200);
		else reply.send(415, { headers: { Accept: "text/plain" } });
	};
	/** Described as at the beginning, unless the client now offers something else. */
	const modify = (request: IncomingRequest, reply: Reply) => {
		const offer = request.body ?? "";
		if (/^m=/m.test(offer)) sdp = sdpAnswer(offer, serviceUri);
		const headers = { "Content-Type": "application/sdp" };
		reply.send(200, { headers, body: sdp });
	};
	on("info", info);
	// The library would put an INFO behind a BYE that came after it, and then answer it 200 by itself: nothing would be kept.
	const handle = dialog.handle.bind(dialog);
	// It would answer 501 to a SERVICE, and throw at an INVITE without a body.
	const taken: Readonly<Record<string, typeof info>> = {
		INFO: info,
		INVITE: modify,
		SERVICE: needs.onPublish,
		PUBLISH: needs.onPublish,
	};
	dialog.handle = (request, reply) => {
		const take = taken[request.method];
		if (take === undefined) return handle(request, reply);
		heard(request);
		if (ended()) reply.send(481);
		else take(request, reply);
	};
	// The server does not put the interval into its own answer: RFC 4028 wants it there.
	on("update", (_, reply) =>
		reply.send(200, {
			headers: {
				"Session-Expires": `${sessionExpiresSeconds};refresher=uac`,
				Supported: "timer",
			},
		}),
	);
	on("options", (_, reply) => reply.send(200));
	for (const event of ["message", "refer", "notify"] as const) {
		on(event, (_, reply) =>
			reply.send(405, {
				headers: {
					Allow:
						"INVITE, ACK, BYE, CANCEL, INFO, UPDATE, OPTIONS, PUBLISH, SERVICE",
				},
			}),
		);
	}
}

function answerInfo(
	{ onInfo, answersFirst, log }: DialogNeeds,
	request: IncomingRequest,
	reply: Reply,
): void {
	if (answersFirst) reply.send(200);
	onInfo(request.body ?? "").then(
		({ status, reason = "", retryAfterSeconds }) => {
			if (answersFirst) return;
			const headers: Record<string, string> =
				retryAfterSeconds === undefined
					? {}
					: { "Retry-After": String(retryAfterSeconds) };
			if (reason === "") reply.send(status, { headers });
			else reply.send(status, reason, { headers });
		},
		(error) => {
			log.error({ err: error }, "INFO not handled");
			if (!answersFirst) reply.send(500);
		},
	);
}
