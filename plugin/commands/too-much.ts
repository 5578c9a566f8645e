/** Requests that there are too many of: which are refused before anything is done, and in what words. */
import { ChatError } from "../errors.ts";
import type { Load } from "../load/index.ts";
import type { Pacing } from "../load/pacing.ts";
import type { Envelope, Primitive } from "../xccos/envelope.ts";

export interface Bounds {
	readonly load: Pick<Load, "refuses">;
	/** Of answers to `bjoin`. */
	readonly pacing: Pick<Pacing, "turn" | "full">;
}

export const isPost = ({ kind }: Primitive): boolean => kind === "message";

/** Its answer is large: the next one's turn comes when the client has taken it. */
export const isPaced = (primitive: Primitive): boolean =>
	isCommand(primitive, "cmd:bjoin");

/** Has this node too much to do? A post goes before a command; whoever leaves a room takes a load off it. */
export function isTooMuch(
	{ load, pacing }: Bounds,
	{ primitives }: Envelope,
): boolean {
	if (primitives.every((each) => isCommand(each, "cmd:part"))) return false;
	if (load.refuses(primitives.some(isPost) ? "post" : "command")) return true;
	return primitives.some(isPaced) && pacing.full();
}

function isCommand(primitive: Primitive, id: string): boolean {
	return primitive.kind === "command" && primitive.id === id;
}

export function tooMuch(): ChatError {
	return new ChatError(
		"unavailable",
		"Too much at once; nothing was done. Try again later.",
	);
}

export function waitedTooLong(): ChatError {
	return new ChatError(
		"unavailable",
		"The message had to wait too long; nothing was stored. Try again later.",
	);
}
