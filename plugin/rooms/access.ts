/**
 * Who may do what, decided here. Pure functions of a room or a category and of what somebody is to it (`Standing`); each
 * throws a `ChatError` that says what was missing. Lists are too long to ask one by one, so the store says some of it again in
 * SQL, held to this by its contract: `scopeOf` in `rights.ts`, `isListed` in `room-lists.ts`, `mayCreate` in `categories.ts`
 * (`creatable`), and which invitations are shown in `invitations.ts`.
 *
 * |                         | sees the room           | joins, reads, searches | posts (normal) | posts (auditorium) |
 * |-------------------------|-------------------------|------------------------|----------------|--------------------|
 * | open, in scope          | yes                     | yes                    | yes            | presenter          |
 * | closed, in scope        | yes                     | member                 | member         | member + presenter |
 * | secret, in scope        | member, manager         | member                 | member         | member + presenter |
 * | disabled                | manager (lists)         | nobody                 | nobody         | nobody             |
 * | out of scope, or denied | no                      | no                     | no             | no                 |
 *
 * A manager changes the room and its roles; to see a secret room he need not be a member, to join, read and post he must.
 * Who posts brings files too, where the category takes them; who reads has them, also those from before it took none.
 * A presenter of an open room needs no membership. An administrator is in every scope, sees every room and may do what a
 * manager may; he joins, reads and posts as anybody else. He alone removes rooms, deletes and replaces messages, and changes
 * categories and the directory. To move a room, a manager must be a creator where it goes. Whoever may not see a room is told
 * that there is no such room.
 */
import { ChatError, noSuchRoom } from "../errors.ts";
import type {
	Actor,
	CategoryScope,
	CategoryStanding,
	Holder,
	Room,
	Standing,
} from "./types.ts";

type Guarded = Pick<
	Room,
	"name" | "privacy" | "type" | "disabled" | "category"
>;

/**
 * Whom a category lets be anything, to be asked of many: those it allows, but for those it denies: being denied by one of the
 * principals wins. An administrator is always.
 */
export function scopeOf({
	allowed,
	denied,
}: Pick<CategoryScope, "allowed" | "denied">): (holder: Holder) => boolean {
	const [all, none] = [new Set(allowed), new Set(denied)];
	return ({ administrator, principals }) =>
		administrator ||
		(principals.some((each) => all.has(each)) &&
			!principals.some((each) => none.has(each)));
}

/** Whether the room exists for him. */
export function sees(room: Guarded, standing: Standing): boolean {
	if (standing.administrator) return true;
	if (!standing.inScope) return false;
	return room.privacy !== "secret" || standing.member || standing.manager;
}

/** Whether lists show him the room. */
export function isListed(room: Guarded, standing: Standing): boolean {
	return sees(room, standing) && (!room.disabled || manages(standing));
}

/** Whether he is let in while the room is enabled. */
export function belongs(
	room: Pick<Guarded, "privacy">,
	standing: Standing,
): boolean {
	return standing.inScope && (room.privacy === "open" || standing.member);
}

/** Whether he may do what managers do. */
export function manages({
	administrator,
	manager,
	inScope,
}: Standing): boolean {
	return administrator || (manager && inScope);
}

/** Throws `no-such-room`. */
export function maySee(room: Guarded, standing: Standing): void {
	if (!sees(room, standing)) throw noSuchRoom();
}

/** Whether `mayRead` lets him. */
export function reads(room: Guarded, standing: Standing): boolean {
	return sees(room, standing) && !room.disabled && belongs(room, standing);
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

/** Reading back what was said, by history or search. Throws as `mayJoin` does. A category without history gives none: see `reading.ts`. */
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

/** Bringing a file to the room. Throws as `mayPost` does, and `forbidden` where the category takes none. */
export function mayPostFile(room: Guarded, standing: Standing): void {
	mayPost(room, standing);
	if (!room.category.files) {
		throw new ChatError(
			"forbidden",
			`No files are posted in the category ${room.category.name}.`,
		);
	}
}

/** Listing who is in the room. Throws `no-such-room`, `room-disabled`, `cannot-list`. */
export function mayListParticipants(room: Guarded, standing: Standing): void {
	maySee(room, standing);
	if (manages(standing)) return;
	if (room.disabled) mayJoin(room, standing);
	if (!belongs(room, standing)) {
		throw new ChatError(
			"cannot-list",
			`Only those who may be in ${room.name}, and its managers, see who is there.`,
		);
	}
}

/** Changing properties and roles, reading the roles, disabling and enabling. Throws `no-such-room`, `forbidden`. */
export function mayManage(room: Guarded, standing: Standing): void {
	maySee(room, standing);
	if (!manages(standing)) {
		throw new ChatError(
			"forbidden",
			`Only managers of ${room.name} and administrators may do that.`,
		);
	}
}

/** Moving a room that he manages to another category. Throws `no-such-room`, `forbidden`, `cannot-create`. */
export function mayMove(
	room: Guarded,
	standing: Standing,
	destination: CategoryStanding | undefined,
): void {
	mayManage(room, standing);
	mayCreate(destination);
}

/** Removing a room for ever. Throws `no-such-room`, `forbidden`. */
export function mayRemove(room: Guarded, standing: Standing): void {
	maySee(room, standing);
	if (!standing.administrator) {
		throw new ChatError(
			"forbidden",
			"Only administrators remove rooms; a manager can disable one.",
		);
	}
}

/** Making rooms in a category. Throws `cannot-create`, in the same words whether the category exists or not. */
export function mayCreate(category: CategoryStanding | undefined): void {
	const may =
		category !== undefined &&
		(category.administrator || (category.creator && category.inScope));
	if (may) return;
	throw new ChatError(
		"cannot-create",
		"There is no such category where you may make rooms.",
	);
}

/** Categories, the directory, policy; deleting and replacing messages. Throws `forbidden`. */
export function mayAdminister({ administrator }: Pick<Actor, "administrator">) {
	if (administrator !== true) {
		throw new ChatError("forbidden", "Only administrators may do that.");
	}
}
