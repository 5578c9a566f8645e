/** What is said where the disk of files is full. */
import { ChatError } from "../errors.ts";

/** The disk is full, or this service may take no more of it. */
const codes: ReadonlySet<unknown> = new Set(["ENOSPC", "EDQUOT"]);

export function isNoRoom(error: unknown): boolean {
	return error instanceof Error && "code" in error && codes.has(error.code);
}

export function noRoom(cause: unknown): ChatError {
	return new ChatError(
		"unavailable",
		"There is no room for files now; nothing of this was kept. Bring it again later.",
		{ cause },
	);
}
