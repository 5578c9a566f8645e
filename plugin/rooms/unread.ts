/** What there is for somebody in a room since he was last there, and which of it is meant for him. */
import { reads } from "./access.ts";
import type { Actor, Room, Standing, Unread } from "./types.ts";
import type { RoomsWork } from "./work.ts";

/** Numbers stop here. */
export const maxCounted = 500;

/** Where nothing can be read back, nothing waits to be read. */
export function hasContentFor(room: Room, standing: Standing): boolean {
	return room.category.history && reads(room, standing);
}

type Recent = Awaited<ReturnType<RoomsWork["store"]["messages"]["after"]>>;
export const nothing: Recent = { sequences: [], marked: [] };

export function count(
	{ sequences, marked }: Recent,
	reached: number,
	user: Pick<Actor, "uri" | "displayName">,
): Unread {
	const isNew = (sequence: number) => sequence > reached;
	return {
		count: sequences.filter(isNew).length,
		addressed: marked.filter(
			({ sequence, alert, text }) =>
				isNew(sequence) && (alert || names(text, user)),
		).length,
	};
}

/** `@alice` or `@Alice Smith`, whatever the case, not as a part of a longer name or address. */
function names(
	text: string,
	{ uri, displayName }: Pick<Actor, "uri" | "displayName">,
): boolean {
	const plain = normal(text);
	const userPart = uri.slice(uri.indexOf(":") + 1, uri.lastIndexOf("@"));
	return [userPart, displayName].map(normal).some((name) => {
		const called = `@${name}`;
		let at = name === "" ? -1 : plain.indexOf(called);
		while (at >= 0) {
			const end = at + called.length;
			const before = plain.slice(Math.max(0, at - 2), at);
			const after = plain.slice(end, end + 3);
			if (!/[\p{L}\p{N}]$/u.test(before) && !/^[.-]?[\p{L}\p{N}_]/u.test(after))
				return true;
			at = plain.indexOf(called, end);
		}
		return false;
	});
}

function normal(text: string): string {
	return text.normalize("NFKC").toLowerCase();
}
