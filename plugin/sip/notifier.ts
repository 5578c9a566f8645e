/**
 * The SIP side of one subscription (RFC 6665): its time, its refreshes, NOTIFYs one at a time with their answers, and its end.
 * What is told is up to who makes it. drachtio-server keeps no time of subscriptions: it ends here.
 */
import type { Logger } from "pino";
import type { DrachtioDialog, IncomingRequest, Reply } from "./drachtio.ts";

export interface Notifier {
	readonly isOver: boolean;
	/** Sends a NOTIFY; resolves with the status of the answer, 408 when there is none. */
	notify(body: string): Promise<number>;
	/** With a reason of RFC 6665 section 4.1.3. `body`: the last that is told. */
	end(reason: string, body?: string): void;
	/** Ended without a word. */
	drop(): void;
}

export interface NotifierNeeds {
	readonly dialog: DrachtioDialog;
	/** As in the SUBSCRIBE. */
	readonly event: string;
	readonly contentType: string;
	/** 0: told once, and over. */
	readonly seconds: number;
	readonly allow: string;
	readonly log: Logger;
	/** How long a refresh asks for; undefined when it has been refused. */
	secondsOf(request: IncomingRequest, reply: Reply): number | undefined;
	/** Answers another request in the dialog; false when it is none of its. */
	onOther?(request: IncomingRequest, reply: Reply): boolean;
	/** Everything is to be told anew. */
	onRefresh(): void;
	/** Called once. */
	onEnd(): void;
}

/** drachtio gives up a NOTIFY after 32 s; when it does not say so (a lost frame), we do. */
const answerMs = 40_000;

export function createNotifier(needs: NotifierNeeds): Notifier {
	let ended = false;
	let endsAt = 0;
	let expiry: NodeJS.Timeout | undefined;
	/** Waits no longer for the answer to a NOTIFY. */
	let giveUp = () => {};

	function drop(): void {
		if (ended) return;
		ended = true;
		clearTimeout(expiry);
		giveUp();
		needs.onEnd();
	}

	function end(reason: string, body?: string): void {
		if (ended) return;
		drop();
		send(needs, `terminated;reason=${reason}`, body, () => {});
	}

	function last(seconds: number): void {
		endsAt = performance.now() + seconds * 1000;
		clearTimeout(expiry);
		if (seconds > 0) expiry = setTimeout(() => end("timeout"), seconds * 1000);
	}

	listen(needs, {
		isOver: () => ended,
		refresh(seconds) {
			if (seconds === 0) {
				end("timeout");
				return;
			}
			last(seconds);
			needs.onRefresh();
		},
	});
	last(needs.seconds);

	return {
		get isOver() {
			return ended;
		},
		notify(body) {
			const seconds = Math.max(
				1,
				Math.ceil((endsAt - performance.now()) / 1000),
			);
			return new Promise((resolve) => {
				const patience = setTimeout(() => resolve(408), answerMs);
				const answered = (status: number) => {
					clearTimeout(patience);
					resolve(status);
				};
				giveUp = () => answered(408);
				send(needs, `active;expires=${seconds}`, body, answered);
			});
		},
		end,
		drop,
	};
}

/** Every request that can come in the dialog is answered here. */
function listen(
	{ dialog, secondsOf, allow, onOther }: NotifierNeeds,
	{
		isOver,
		refresh,
	}: {
		readonly isOver: () => boolean;
		readonly refresh: (seconds: number) => void;
	},
): void {
	const handle = dialog.handle.bind(dialog);
	dialog.handle = (request, reply) => {
		if (request.method === "BYE" || request.method === "ACK") {
			handle(request, reply);
		} else if (isOver()) {
			reply.send(481);
		} else if (request.method === "SUBSCRIBE") {
			const seconds = secondsOf(request, reply);
			if (seconds === undefined) return;
			reply.send(200, { headers: { Expires: String(seconds) } });
			refresh(seconds);
		} else if (request.method === "OPTIONS") {
			reply.send(200);
		} else if (onOther?.(request, reply) !== true) {
			reply.send(405, { headers: { Allow: allow } });
		}
	};
}

function send(
	{ dialog, event, contentType, log }: NotifierNeeds,
	state: string,
	body: string | undefined,
	answered: (status: number) => void,
): void {
	const headers = {
		Event: event,
		"Subscription-State": state,
		...(body !== undefined && { "Content-Type": contentType }),
	};
	const request = { method: "NOTIFY", headers, ...(body && { body }) } as const;
	dialog.request(request, (error, reply) => {
		if (error) {
			log.warn({ err: error, callId: dialog.sip.callId }, "NOTIFY not sent");
		}
		answered(reply?.status ?? 408);
	});
}
