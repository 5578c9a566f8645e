/** What an event takes back from what still waits for the sessions here, in the room or not. */
import type { RoomEvent } from "../rooms/events.ts";
import type { Message, RoomId } from "../rooms/types.ts";
import { encodeMessage } from "../xccos/notices.ts";
import { losing, withdrawing } from "./queue-items.ts";
import type { Session } from "./session.ts";

type Event<Type extends RoomEvent["type"]> = Extract<RoomEvent, { type: Type }>;

/** To be told of an event after those who hear the room. */
export function createRevising({
	domain,
	nextEnvid,
	sessions,
}: {
	readonly domain: string;
	readonly nextEnvid: () => string;
	/** Those that are here now. */
	readonly sessions: Iterable<Session>;
}): (event: RoomEvent) => void {
	function kicked({ room, users }: Event<"kicked">): void {
		const victims = new Set(users.map(({ uri }) => uri));
		for (const { actor, outlet } of sessions) {
			if (!victims.has(actor.uri)) continue;
			outlet.revise(losing((each) => each === room, "right lost"));
		}
	}

	/** Who has lost his right and is in the room will be kicked; who else did is not asked: he may ask again. */
	function narrowed({ room }: Event<"narrowed">): void {
		for (const { feeds, outlet } of sessions) {
			const lost = (each: RoomId) =>
				(room === undefined || each === room) && !feeds.has(each);
			outlet.revise(losing(lost, "rights changed"));
		}
	}

	function withdrawn(event: Event<"deleted" | "replaced">): void {
		const rewritten =
			event.type === "replaced" ? rewriting(event.text) : undefined;
		const sequences = new Set(event.sequences);
		const revision = withdrawing(event.room, sequences, rewritten);
		for (const { outlet } of sessions) outlet.revise(revision);
	}

	/** Each message once, for however many clients it waits. */
	function rewriting(text: string): (message: Message) => string {
		const bodies = new Map<number, string>();
		return ({ extras: _, ...message }) => {
			const { sequence } = message;
			const body =
				bodies.get(sequence) ??
				encodeMessage(nextEnvid(), domain, { ...message, text });
			bodies.set(sequence, body);
			return body;
		};
	}

	return function revise(event) {
		switch (event.type) {
			case "kicked":
				return kicked(event);
			case "narrowed":
				return narrowed(event);
			case "deleted":
			case "replaced":
				return withdrawn(event);
		}
	};
}
