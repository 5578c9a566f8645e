/**
 * One client that wants to know its user's presence document (`vnd-microsoft-roaming-self`): told all of it at the start
 * and at each refresh, then what changes; one NOTIFY at a time. What changes meanwhile is read when its turn comes, so that
 * nothing piles up.
 *
 * States: *active* → *ended*. It ends when its time is over, when the client says so, when the client does not take a
 * NOTIFY, when the document cannot be read, and with the control connection. Only in the last case, and for a client that
 * is gone, no NOTIFY tells it.
 */
import type { Logger } from "pino";
import type { Rooms } from "../rooms/index.ts";
import type { Actor, ClientTraits, PublicationKey } from "../rooms/types.ts";
import { encodeDocument, roamingSelfType } from "../xccos/presence.ts";
import { sharedFrameBytes } from "./control-connection.ts";
import type { DrachtioDialog, IncomingRequest, Reply } from "./drachtio.ts";

export interface Subscription {
	readonly traits: ClientTraits;
	readonly dialog: DrachtioDialog;
	/** These are others now. */
	changed(keys: readonly PublicationKey[]): void;
	/** With a reason of RFC 6665 section 4.1.3. */
	end(reason: "timeout" | "deactivated" | "rejected"): void;
	/** The control connection is gone: ended without a word. */
	lost(): void;
}

export interface SubscriptionNeeds {
	readonly dialog: DrachtioDialog;
	readonly actor: Actor;
	readonly traits: ClientTraits;
	/** As in the SUBSCRIBE. */
	readonly event: string;
	/** 0: told once, and over. */
	readonly seconds: number;
	readonly rooms: Pick<Rooms, "presence" | "publications">;
	readonly log: Logger;
	/** How long a refresh asks for; undefined when it has been refused. */
	secondsOf(request: IncomingRequest, reply: Reply): number | undefined;
	/** SERVICE or PUBLISH in this dialog. */
	onPublish(request: IncomingRequest, reply: Reply): void;
	/** Called once. */
	onEnd(): void;
}

/** drachtio gives up a NOTIFY after 32 s; when it does not say so (a lost frame), we do. */
const answerMs = 40_000;
/** Leader, dialog id and headers of a NOTIFY. */
const overheadBytes = 500;

export function createSubscription(needs: SubscriptionNeeds): Subscription {
	const { dialog, rooms, actor, log } = needs;
	/** What is to be told. */
	let due: "everything" | Map<string, PublicationKey> | undefined =
		"everything";
	let busy = false;
	let ended = false;
	let endsAt = 0;
	let expiry: NodeJS.Timeout | undefined;
	/** Waits no longer for the answer to a NOTIFY. */
	let giveUp = () => {};

	/** Without a word. */
	function drop(): void {
		if (ended) return;
		ended = true;
		clearTimeout(expiry);
		giveUp();
		needs.onEnd();
	}

	/** `probation`: he may come again. */
	function end(reason: string, body?: string): void {
		if (ended) return;
		drop();
		notify(needs, `terminated;reason=${reason}`, body, () => {});
	}

	/** Resolves with the status of the answer; 408 when there is none. */
	function ask(body: string): Promise<number> {
		const seconds = Math.max(1, Math.ceil((endsAt - Date.now()) / 1000));
		return new Promise((resolve) => {
			const patience = setTimeout(() => resolve(408), answerMs);
			const answered = (status: number) => {
				clearTimeout(patience);
				resolve(status);
			};
			giveUp = () => answered(408);
			notify(needs, `active;expires=${seconds}`, body, answered);
		});
	}

	function last(seconds: number): void {
		endsAt = Date.now() + seconds * 1000;
		clearTimeout(expiry);
		if (seconds > 0) expiry = setTimeout(() => end("timeout"), seconds * 1000);
	}

	async function pump(): Promise<void> {
		if (busy) return;
		busy = true;
		try {
			while (due !== undefined && !ended) {
				const wanted = due;
				due = undefined;
				await tell(await read(wanted));
			}
		} catch (error) {
			log.error({ err: error, user: actor.uri }, "presence not read");
			end("probation");
		} finally {
			busy = false;
		}
	}

	async function read(wanted: NonNullable<typeof due>) {
		const at = new Date();
		const budgetBytes =
			sharedFrameBytes - overheadBytes - Buffer.byteLength(dialog.id);
		if (wanted === "everything") {
			const all = await rooms.presence(actor);
			return encodeDocument(actor.uri, all, [], { at, budgetBytes });
		}
		const keys = [...wanted.values()];
		const found = await rooms.publications(actor, keys);
		const there = new Set(found.map(nameOf));
		const removed = keys.filter((key) => !there.has(nameOf(key)));
		return encodeDocument(actor.uri, found, removed, { at, budgetBytes });
	}

	async function tell(bodies: Iterable<string>): Promise<void> {
		for (const { body, isLast } of marked(bodies)) {
			if (ended) return;
			if (needs.seconds === 0 && isLast) {
				end("timeout", body);
				return;
			}
			const status = await ask(body);
			if (status < 300 || ended) continue;
			log.info({ user: actor.uri, status }, "client refused a NOTIFY");
			drop();
		}
	}

	listen(needs, {
		isOver: () => ended,
		refresh(seconds) {
			if (seconds === 0) {
				end("timeout");
				return;
			}
			last(seconds);
			due = "everything";
			void pump();
		},
	});
	last(needs.seconds);
	void pump();

	return {
		traits: needs.traits,
		dialog,
		changed(keys) {
			if (ended || due === "everything") return;
			due ??= new Map();
			for (const key of keys) due.set(nameOf(key), key);
			void pump();
		},
		end,
		lost: drop,
	};
}

/** Every request that can come in the dialog is answered here. */
function listen(
	{ dialog, secondsOf, onPublish }: SubscriptionNeeds,
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
		} else if (["SERVICE", "PUBLISH"].includes(request.method)) {
			onPublish(request, reply);
		} else if (request.method === "OPTIONS") {
			reply.send(200);
		} else {
			const Allow = "SUBSCRIBE, PUBLISH, SERVICE, OPTIONS";
			reply.send(405, { headers: { Allow } });
		}
	};
}

function notify(
	{ dialog, event, log }: SubscriptionNeeds,
	state: string,
	body: string | undefined,
	answered: (status: number) => void,
): void {
	const headers = {
		Event: event,
		"Subscription-State": state,
		...(body !== undefined && { "Content-Type": roamingSelfType }),
	};
	const request = { method: "NOTIFY", headers, ...(body && { body }) } as const;
	dialog.request(request, (error, reply) => {
		if (error) log.warn({ err: error }, "NOTIFY not sent");
		answered(reply?.status ?? 408);
	});
}

function* marked(
	bodies: Iterable<string>,
): Iterable<{ readonly body: string; readonly isLast: boolean }> {
	let before: string | undefined;
	for (const body of bodies) {
		if (before !== undefined) yield { body: before, isLast: false };
		before = body;
	}
	if (before !== undefined) yield { body: before, isLast: true };
}

function nameOf({ name, instance, container }: PublicationKey): string {
	return `${container} ${instance} ${name}`;
}
