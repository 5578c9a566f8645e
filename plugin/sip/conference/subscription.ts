/**
 * One client that wants to know who is in a room (RFC 4575): told all of it at the start and at each refresh, then what changes,
 * one NOTIFY at a time and no more often than RFC 4575 section 3.9 asks. What is told is read, with the right to it, when its
 * turn comes; events only say that there may be something.
 *
 * States: *active* → *ended*: when its time is over, when the client says so, when the right or the room is lost, when the client does
 * not take a NOTIFY, and with the control connection.
 */
import type { Logger } from "pino";
import { ChatError } from "../../errors.ts";
import type { Rooms } from "../../rooms/index.ts";
import type { Actor, RoomId } from "../../rooms/types.ts";
import {
	type ConferenceState,
	conferenceInfoType,
	encodeConferenceChange,
	encodeWholeConference,
	isSameConference,
} from "../../xccos/conference-info.ts";
import type { DrachtioDialog, IncomingRequest, Reply } from "../drachtio.ts";
import type { Gate } from "../gate.ts";
import { createNotifier } from "../notifier.ts";

export interface ConferenceSubscription {
	readonly room: RoomId;
	readonly dialog: DrachtioDialog;
	/** There may be something to tell; `atOnce`: or he may not know any more what there is. */
	changed(atOnce: boolean): void;
	/** With a reason of RFC 6665 section 4.1.3. */
	end(reason: "deactivated" | "rejected"): void;
	/** The control connection is gone: ended without a word. */
	lost(): void;
}

export interface ConferenceSubscriptionNeeds {
	readonly dialog: DrachtioDialog;
	readonly actor: Actor;
	readonly room: RoomId;
	/** Of the room. */
	readonly address: string;
	/** As in the SUBSCRIBE. */
	readonly event: string;
	/** 0: told once, and over. */
	readonly seconds: number;
	readonly rooms: Pick<Rooms, "participants">;
	/** With more people in it than this a room lists nobody. */
	readonly roster: number;
	/** Told no more often. */
	readonly everyMs: number;
	/** Lets so many at a time ask the store. */
	readonly gate: Gate;
	readonly log: Logger;
	/** How long a refresh asks for; undefined when it has been refused. */
	secondsOf(request: IncomingRequest, reply: Reply): number | undefined;
	/** Called once. */
	onEnd(): void;
}

/** With its headers it is a frame that travels alone, and one that the SIP server can read. */
export const maxDocumentBytes = 11_000;

export function createConferenceSubscription(
	needs: ConferenceSubscriptionNeeds,
): ConferenceSubscription {
	const { actor, room, log } = needs;
	let told: ConferenceState | undefined;
	let version = 0;
	let due = true;
	let busy = false;
	let pause: NodeJS.Timeout | undefined;
	const notifier = createNotifier({
		...needs,
		contentType: conferenceInfoType,
		allow: "SUBSCRIBE, OPTIONS",
		onRefresh() {
			told = undefined;
			due = true;
			resume();
			void pump();
		},
		onEnd() {
			clearTimeout(pause);
			needs.onEnd();
		},
	});

	function resume(): void {
		clearTimeout(pause);
		pause = undefined;
	}

	async function pump(): Promise<void> {
		if (busy || pause !== undefined) return;
		busy = true;
		try {
			while (due && pause === undefined && !notifier.isOver) {
				due = false;
				await tell(await needs.gate(() => read(needs)));
			}
		} catch (error) {
			notifier.end(reasonOf(error, needs));
		} finally {
			busy = false;
		}
	}

	async function tell(now: ConferenceState): Promise<void> {
		if (notifier.isOver) return;
		if (told !== undefined && isSameConference(told, now)) return;
		const { body, state } = encode(now);
		version += 1;
		told = state;
		if (needs.seconds === 0) {
			notifier.end("timeout", body);
			return;
		}
		wait();
		const status = await notifier.notify(body);
		if (status < 300 || notifier.isOver) return;
		const { callId } = needs.dialog.sip;
		log.info({ callId, user: actor.uri, status }, "client refused a NOTIFY");
		notifier.drop();
	}

	function encode(now: ConferenceState) {
		const about = {
			entity: needs.address,
			version,
			budgetBytes: maxDocumentBytes,
		};
		const change = told && encodeConferenceChange(about, told, now);
		return change === undefined
			? encodeWholeConference(about, now)
			: { body: change, state: now };
	}

	function wait(): void {
		pause = setTimeout(() => {
			pause = undefined;
			void pump();
		}, needs.everyMs);
	}

	void pump();
	return {
		room,
		dialog: needs.dialog,
		changed(atOnce) {
			due = true;
			if (atOnce) resume();
			void pump();
		},
		end: notifier.end,
		lost: notifier.drop,
	};
}

/** Throws as `Rooms.participants` does. */
async function read({
	rooms,
	actor,
	room: id,
	roster,
}: ConferenceSubscriptionNeeds): Promise<ConferenceState> {
	const { summary, participants } = await rooms.participants(actor, id, {
		limit: roster,
	});
	const { room, participantCount } = summary;
	const { name, description } = room;
	if (participantCount > roster) {
		return { name, description, count: participantCount, users: undefined };
	}
	const users = new Map(
		participants.map(({ user }) => [user.uri, user.displayName]),
	);
	return { name, description, count: users.size, users };
}

function reasonOf(
	error: unknown,
	{ log, dialog }: Pick<ConferenceSubscriptionNeeds, "log" | "dialog">,
): string {
	if (error instanceof ChatError && error.reason !== "unavailable") {
		return error.reason === "no-such-room" ? "noresource" : "rejected";
	}
	const { callId } = dialog.sip;
	log.error({ err: error, callId }, "roster not read for a subscriber");
	return "probation;retry-after=30";
}
