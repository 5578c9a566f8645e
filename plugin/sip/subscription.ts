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
import { createNotifier } from "./notifier.ts";

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

/** Leader, dialog id and headers of a NOTIFY. */
const overheadBytes = 500;

export function createSubscription(needs: SubscriptionNeeds): Subscription {
	const { dialog, rooms, actor, log } = needs;
	/** What is to be told. */
	let due: "everything" | Map<string, PublicationKey> | undefined =
		"everything";
	let busy = false;
	const notifier = createNotifier({
		...needs,
		contentType: roamingSelfType,
		allow: "SUBSCRIBE, PUBLISH, SERVICE, OPTIONS",
		onOther(request, reply) {
			const publishes = ["SERVICE", "PUBLISH"].includes(request.method);
			if (publishes) needs.onPublish(request, reply);
			return publishes;
		},
		onRefresh() {
			due = "everything";
			void pump();
		},
	});

	async function pump(): Promise<void> {
		if (busy) return;
		busy = true;
		try {
			while (due !== undefined && !notifier.isOver) {
				const wanted = due;
				due = undefined;
				await tell(await read(wanted));
			}
		} catch (error) {
			const { callId } = dialog.sip;
			log.error({ err: error, callId, user: actor.uri }, "presence not read");
			// He may come again.
			notifier.end("probation");
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
			if (notifier.isOver) return;
			if (needs.seconds === 0 && isLast) {
				notifier.end("timeout", body);
				return;
			}
			const status = await notifier.notify(body);
			if (status < 300 || notifier.isOver) continue;
			const { callId } = dialog.sip;
			log.info({ callId, user: actor.uri, status }, "client refused a NOTIFY");
			notifier.drop();
		}
	}

	void pump();

	return {
		traits: needs.traits,
		dialog,
		changed(keys) {
			if (notifier.isOver || due === "everything") return;
			due ??= new Map();
			for (const key of keys) due.set(nameOf(key), key);
			void pump();
		},
		end: notifier.end,
		lost: notifier.drop,
	};
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
