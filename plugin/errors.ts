/**
 * Why a request was refused, in the domain's words. The wires (XCCOS today, HTTP later) each translate a
 * `Reason` once, in an exhaustive map: `xccos/replies.ts`.
 */
export type Reason =
	| "malformed"
	| "unknown-command"
	| "no-such-room"
	| "no-such-user"
	| "room-disabled"
	| "not-joined"
	| "forbidden"
	| "too-large"
	| "conflict"
	| "unavailable"
	| "failed";

/** A refusal: thrown where it is known, caught by the door the request came through, nowhere between. */
export class ChatError extends Error {
	override readonly name = "ChatError";
	readonly reason: Reason;

	/** `message` says what was wrong and what would be right; it reaches the person who asked. */
	constructor(reason: Reason, message: string, options?: ErrorOptions) {
		super(message, options);
		this.reason = reason;
	}
}
