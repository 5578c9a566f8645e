/** Who the sessions here have been told is in a room: what they missed while the roster was hidden follows from it. */
import type { RoomEvent } from "../rooms/events.ts";
import type { Participant, UserUri } from "../rooms/types.ts";

type User = Participant["user"];

export interface KnownRoster {
	/** Somebody here was given the whole list. */
	listed(users: ReadonlyMap<UserUri, User>): void;
	arrived(user: User): void;
	left(user: UserUri): void;
	/** The list is this one now: who is gone, who is new. */
	replace(
		participants: Extract<RoomEvent, { type: "roster" }>["participants"],
	): {
		readonly gone: readonly User[];
		readonly come: readonly Participant[];
	};
}

export function createKnownRoster(): KnownRoster {
	let known: Map<UserUri, User> | undefined;
	/** What happened before the first list was given, which may be older. */
	const before = new Map<UserUri, User | undefined>();

	function note(uri: UserUri, user: User | undefined): void {
		if (known === undefined) before.set(uri, user);
		else if (user === undefined) known.delete(uri);
		else known.set(uri, user);
	}

	function start(users: Iterable<readonly [UserUri, User]>): void {
		known = new Map(users);
		for (const [uri, user] of before) note(uri, user);
		before.clear();
	}

	return {
		listed(users) {
			if (known === undefined) start(users);
		},
		arrived: (user) => note(user.uri, user),
		left: (uri) => note(uri, undefined),
		replace(participants) {
			const was = known ?? new Map<UserUri, User>();
			known = new Map(participants.map(({ user }) => [user.uri, user]));
			before.clear();
			const now = known;
			return {
				gone: [...was.values()].filter(({ uri }) => !now.has(uri)),
				come: participants.filter(({ user }) => !was.has(user.uri)),
			};
		},
	};
}
