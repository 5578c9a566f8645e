/** An event, told to every session here that it concerns: encoded once, each session at its own pace. */
import type { RoomEvent } from "../rooms/events.ts";
import type { Participant, RoomId, UserUri } from "../rooms/types.ts";
import { withdrawnNotice } from "../xccos/moderation.ts";
import {
	changedNotice,
	encodeKicked,
	encodeMessage,
	joinedNotice,
	type Notice,
	partedNotice,
	participantsNotice,
	rosterNotice,
} from "../xccos/notices.ts";
import type { RoomFeed } from "./feed.ts";
import type { KnownRoster } from "./known-roster.ts";
import type { Session } from "./session.ts";

/** Who hears a room, and who they were told is in it. */
export interface Hearers {
	readonly feeds: Map<Session, RoomFeed>;
	readonly roster: KnownRoster;
	/** From now on nobody of this node hears the room. */
	silence(): void;
}

/** Who hears which room. */
export type Audience = Map<RoomId, Hearers>;

type Event<Type extends RoomEvent["type"]> = Extract<RoomEvent, { type: Type }>;

export function createTelling({
	domain,
	nextEnvid,
	audience,
	leave,
}: {
	readonly domain: string;
	readonly nextEnvid: () => string;
	readonly audience: Audience;
	leave(session: Session, room: RoomId): void;
}): (event: RoomEvent) => void {
	const hearers = (room: RoomId) => [...(audience.get(room)?.feeds ?? [])];

	function posted({ message }: Event<"posted">): void {
		const here = audience.get(message.room);
		if (here === undefined) return;
		const body = encodeMessage(nextEnvid(), domain, message);
		for (const feed of here.feeds.values()) feed.posted(message, body);
	}

	function joined(event: Event<"joined">): void {
		const rooms = event.rooms.map(({ room }) => room);
		for (const room of rooms) audience.get(room)?.roster.arrived(event.user);
		tellShared(rooms, event.user.uri, true, (shared) =>
			joinedNotice(
				domain,
				event,
				event.rooms.filter(({ room }) => shared.includes(room)),
			),
		);
	}

	function parted({ rooms, user }: Event<"parted">): void {
		for (const room of rooms) audience.get(room)?.roster.left(user.uri);
		tellShared(rooms, user.uri, false, (shared) =>
			partedNotice(domain, [user], shared),
		);
	}

	/** Each session is told of the rooms that it shares by one notice; those that share the same, by the same one. */
	function tellShared(
		rooms: readonly RoomId[],
		user: UserUri,
		arrived: boolean,
		encode: (shared: readonly RoomId[]) => Notice,
	): void {
		const encoded = new Map<string, Notice>();
		for (const { shared, feed } of sharing(audience, rooms, user)) {
			const key = shared.join();
			const notice = encoded.get(key) ?? encode(shared);
			encoded.set(key, notice);
			feed.roster(user, arrived, notice);
		}
	}

	function kicked(event: Event<"kicked">): void {
		const { room, users } = event;
		const victims = new Set(users.map(({ uri }) => uri));
		for (const [session] of hearers(room)) {
			if (!victims.has(session.actor.uri)) continue;
			leave(session, room);
			session.toPart.delete(room);
			session.outlet.send(encodeKicked(nextEnvid(), domain, event));
		}
		if (event.rosterHidden) return;
		for (const user of users) audience.get(room)?.roster.left(user.uri);
		const packed = lazy(() => partedNotice(domain, users, [room]));
		for (const [, feed] of hearers(room)) {
			if (!feed.held) feed.notify(packed());
			else {
				for (const user of users) {
					feed.roster(user.uri, false, partedNotice(domain, [user], [room]));
				}
			}
		}
	}

	function standing(event: Event<"standing">): void {
		const packed = lazy(() => permissions(event, event.participants));
		const own = new Map(
			event.participants.map((participant) => [
				participant.user.uri,
				participant,
			]),
		);
		for (const [session, feed] of hearers(event.room)) {
			const self = own.get(session.actor.uri);
			if (!event.rosterHidden) feed.notify(packed());
			else if (self !== undefined) feed.notify(permissions(event, [self]));
		}
	}

	function permissions(
		{ room, roomType }: Event<"standing">,
		participants: readonly Participant[],
	): Notice {
		return participantsNotice(domain, "ntc:permissions", {
			room,
			roomType,
			participants,
		});
	}

	/** Who has no list gets it; who had one when it was hidden is told what has changed since. */
	function roster(event: Event<"roster">): void {
		const here = audience.get(event.room);
		if (here === undefined) return;
		const { gone, come } = here.roster.replace(event.participants);
		const shown = rosterNotice(domain, event.room, false);
		const parted = partedNotice(domain, gone, [event.room]);
		const everybody = arrivals(event, event.participants);
		const newcomers = arrivals(event, come);
		for (const [{ actor }, feed] of here.feeds) {
			feed.shownAgain({
				whole: [shown, everybody(actor.uri)],
				difference: [shown, parted, newcomers(actor.uri)],
			});
		}
	}

	/** `ntc:join` for all of them but one. */
	function arrivals(
		event: Event<"roster">,
		participants: readonly Participant[],
	): (but: UserUri) => Notice {
		const { id, blocks } = participantsNotice(domain, "ntc:join", {
			...event,
			participants,
		});
		return (but) => ({
			id,
			blocks: blocks.filter((_, i) => participants[i]?.user.uri !== but),
		});
	}

	function hidden({ room }: Event<"rosterHidden">): void {
		const notice = lazy(() => rosterNotice(domain, room, true));
		for (const [, feed] of hearers(room)) feed.notify(notice());
	}

	function changed({ summary }: Event<"changed">): void {
		const notice = lazy(() => changedNotice(domain, summary));
		for (const [, feed] of hearers(summary.room.id)) feed.notify(notice());
	}

	function withdrawn(event: Event<"deleted" | "replaced">): void {
		const notice = lazy(() => withdrawnNotice(domain, event));
		for (const [, feed] of hearers(event.room)) {
			feed.withdraw(event.sequences);
			feed.notify(notice());
		}
	}

	return function tell(event) {
		switch (event.type) {
			case "posted":
				return posted(event);
			case "joined":
				return joined(event);
			case "parted":
				return parted(event);
			case "kicked":
				return kicked(event);
			case "standing":
				return standing(event);
			case "roster":
				return roster(event);
			case "rosterHidden":
				return hidden(event);
			case "changed":
				return changed(event);
			case "deleted":
			case "replaced":
				return withdrawn(event);
			case "invited":
			case "moved":
			case "narrowed":
			case "policy":
			case "presence":
				return;
			default:
				event satisfies never;
		}
	};
}

function lazy<T>(make: () => T): () => T {
	let made: { readonly value: T } | undefined;
	return () => {
		made ??= { value: make() };
		return made.value;
	};
}

/** The sessions of others that hear any of the rooms, each with those that it shares; what is held, room by room. */
function* sharing(
	audience: Audience,
	rooms: readonly RoomId[],
	user: string,
): Iterable<{ shared: readonly RoomId[]; feed: RoomFeed }> {
	const live = new Map<Session, { shared: RoomId[]; feed: RoomFeed }>();
	for (const room of rooms) {
		for (const [session, feed] of audience.get(room)?.feeds ?? []) {
			if (session.actor.uri === user) continue;
			const found = live.get(session);
			if (feed.held) yield { shared: [room], feed };
			else if (found === undefined) live.set(session, { shared: [room], feed });
			else found.shared.push(room);
		}
	}
	yield* live.values();
}
