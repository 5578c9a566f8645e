/** An event, told to every session here that it concerns: encoded once, each session at its own pace. */
import type {
	Participant,
	RoomEvent,
	RoomId,
	UserUri,
} from "../rooms/types.ts";
import {
	encodeChanged,
	encodeJoined,
	encodeKicked,
	encodeMessage,
	encodeParted,
	encodeParticipants,
} from "../xccos/notices.ts";
import type { RoomFeed } from "./feed.ts";
import type { Session } from "./session.ts";

/** Who hears which room. */
export type Audience = Map<RoomId, Map<Session, RoomFeed>>;

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
	const hearers = (room: RoomId) => [...(audience.get(room) ?? [])];

	function posted({ message }: Event<"posted">): void {
		const here = audience.get(message.room);
		if (here === undefined) return;
		const body = encodeMessage(nextEnvid(), domain, message);
		for (const feed of here.values()) feed.posted(message, body);
	}

	function joined(event: Event<"joined">): void {
		const rooms = event.rooms.map(({ room }) => room);
		tellShared(rooms, event.user.uri, true, (shared) =>
			encodeJoined(
				nextEnvid,
				domain,
				event,
				event.rooms.filter(({ room }) => shared.includes(room)),
			),
		);
	}

	function parted({ rooms, user }: Event<"parted">): void {
		tellShared(rooms, user.uri, false, (shared) =>
			encodeParted(nextEnvid, domain, [user], shared),
		);
	}

	/** Each session is told of the rooms that it shares, by as few notices as can be; those that share the same, by the same ones. */
	function tellShared(
		rooms: readonly RoomId[],
		user: UserUri,
		arrived: boolean,
		encode: (shared: readonly RoomId[]) => readonly string[],
	): void {
		const encoded = new Map<string, readonly string[]>();
		for (const { shared, feed } of sharing(audience, rooms, user)) {
			const key = shared.join();
			const bodies = encoded.get(key) ?? encode(shared);
			encoded.set(key, bodies);
			for (const body of bodies) feed.roster(user, arrived, body);
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
		const packed = lazy(() => encodeParted(nextEnvid, domain, users, [room]));
		for (const [session, feed] of hearers(room)) {
			if (!feed.held) {
				for (const body of packed()) session.outlet.send(body);
				continue;
			}
			for (const user of users) {
				const [body = ""] = encodeParted(nextEnvid, domain, [user], [room]);
				feed.roster(user.uri, false, body);
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
		for (const [session] of hearers(event.room)) {
			const self = own.get(session.actor.uri);
			const bodies = !event.rosterHidden
				? packed()
				: self === undefined
					? []
					: permissions(event, [self]);
			for (const body of bodies) session.outlet.send(body);
		}
	}

	function permissions(
		{ room, roomType }: Event<"standing">,
		participants: readonly Participant[],
	): readonly string[] {
		return encodeParticipants(nextEnvid, domain, "ntc:permissions", {
			room,
			roomType,
			participants,
		});
	}

	/** Those who came while the list was hidden have none; who had one before goes on with it. */
	function roster(event: Event<"roster">): void {
		for (const [session, feed] of hearers(event.room)) {
			if (feed.held || feed.rosterKnown) continue;
			feed.rosterKnown = true;
			const others = event.participants.filter(
				({ user }) => user.uri !== session.actor.uri,
			);
			for (const body of encodeParticipants(nextEnvid, domain, "ntc:join", {
				...event,
				participants: others,
			})) {
				session.outlet.send(body);
			}
		}
	}

	function changed({ summary }: Event<"changed">): void {
		const body = lazy(() => encodeChanged(nextEnvid(), domain, summary));
		for (const [session] of hearers(summary.room.id)) {
			session.outlet.send(body());
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
			case "changed":
				return changed(event);
			case "deleted":
			case "replaced":
			case "invited":
			case "policy":
			case "presence":
				return;
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
		for (const [session, feed] of audience.get(room) ?? []) {
			if (session.actor.uri === user) continue;
			const found = live.get(session);
			if (feed.held) yield { shared: [room], feed };
			else if (found === undefined) live.set(session, { shared: [room], feed });
			else found.shared.push(room);
		}
	}
	yield* live.values();
}
