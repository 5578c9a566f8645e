/**
 * Who may do what, decided here and nowhere else (`store/room-lists.ts` says `sees` in SQL, for lists). Pure functions of
 * a room and of what somebody is to it (`Standing`); the `may…` functions throw a `ChatError` that says what was missing.
 *
 * |                     | sees the room   | joins, reads | posts (normal) | posts (auditorium) |
 * |---------------------|-----------------|--------------|----------------|--------------------|
 * | open, in scope      | yes             | yes          | yes            | presenter          |
 * | closed, in scope    | yes             | member       | member         | member + presenter |
 * | secret, in scope    | member, manager | member       | member         | member + presenter |
 * | out of scope        | no              | no           | no             | no                 |
 *
 * A manager changes the room; to see a secret room he need not be a member, to join, read and post he must. A presenter
 * of an open room needs no membership. Whoever may not see a room is told that there is no such room.
 */
import { ChatError } from "../errors.ts";
import type { Room, Standing } from "./types.ts";

type Guarded = Pick<
	Room,
	"name" | "privacy" | "type" | "disabled" | "category"
>;

export function sees(room: Guarded, standing: Standing): boolean {
	if (!standing.inScope) return false;
	return room.privacy !== "secret" || standing.member || standing.manager;
}

function belongs(room: Guarded, standing: Standing): boolean {
	return standing.inScope && (room.privacy === "open" || standing.member);
}

/** Throws `no-such-room`. */
export function maySee(room: Guarded, standing: Standing): void {
	if (!sees(room, standing)) throw noSuchRoom();
}

/** Throws `no-such-room`, `room-disabled`, `forbidden`. */
export function mayJoin(room: Guarded, standing: Standing): void {
	maySee(room, standing);
	if (room.disabled) {
		throw new ChatError("room-disabled", `${room.name} is disabled.`);
	}
	if (!belongs(room, standing)) {
		throw new ChatError(
			"forbidden",
			`${room.name} is ${room.privacy} and you are not a member; its managers can add you.`,
		);
	}
}

/** Reading back what was said. Throws as `mayJoin` does. A category without history gives none: see `reading.ts`. */
export function mayRead(room: Guarded, standing: Standing): void {
	mayJoin(room, standing);
}

/** Throws as `mayJoin` does, and `forbidden` in an auditorium for all but presenters. */
export function mayPost(room: Guarded, standing: Standing): void {
	mayJoin(room, standing);
	if (room.type === "auditorium" && !standing.presenter) {
		throw new ChatError(
			"forbidden",
			`${room.name} is an auditorium: only its presenters post.`,
		);
	}
}

/** The same words for a room that does not exist and for one that the asker may not know of. */
export function noSuchRoom(): ChatError {
	return new ChatError("no-such-room", "There is no such room.");
}
