/**
 * Why a request was refused, in the domain's words. The wires (XCCOS today, HTTP later) each translate a
 * `Reason` once, in an exhaustive map: `xccos/replies.ts`.
 */
export type Reason =
	| "malformed"
	| "unknown-command"
	| "no-such-room"
	| "no-such-category"
	/** A user or a group. */
	| "no-such-principal"
	| "no-such-file"
	/** It is no image, or none that is drawn. */
	| "no-thumbnail"
	/** Of one transfer: never given, used, expired, another one's, for something else. */
	| "invalid-token"
	| "room-disabled"
	| "not-joined"
	| "forbidden"
	/** May not see who is in the room. */
	| "cannot-list"
	| "too-large"
	/** It is not what it was when it was read. */
	| "conflict"
	| "name-taken"
	/** May not make rooms here. */
	| "cannot-create"
	/** Who is given a role must be in scope of the category. */
	| "not-in-scope"
	/** A presenter must be a member. */
	| "presenter-not-member"
	/** It is in use, and must not be. */
	| "in-use"
	| "unavailable"
	| "failed";

/**
 * A refusal: thrown where it is known, caught by the door that the request came through; between, only by who can go on
 * without what was refused (one room of several, a room that has gone).
 */
export class ChatError extends Error {
	override readonly name = "ChatError";
	readonly reason: Reason;
	/** Of what was asked for: a change may have been kept although it ended so, when the database went away meanwhile. */
	readonly kept: "nothing" | "perhaps" | "all";

	/** `message` says what was wrong and what would be right; it reaches the person who asked. */
	constructor(
		reason: Reason,
		message: string,
		{
			kept = "nothing",
			...options
		}: ErrorOptions & { readonly kept?: ChatError["kept"] } = {},
	) {
		super(message, options);
		this.reason = reason;
		this.kept = kept;
	}
}

/** The same words for a room that does not exist and for one that the asker may not know of. */
export function noSuchRoom(): ChatError {
	return new ChatError("no-such-room", "There is no such room.");
}

/** Likewise. */
export function noSuchCategory(): ChatError {
	return new ChatError("no-such-category", "There is no such category.");
}

/** Likewise. */
export function noSuchFile(): ChatError {
	return new ChatError("no-such-file", "There is no such file in this room.");
}
