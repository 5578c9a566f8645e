/** The hash chain of a room's events: whoever alters, removes or inserts one must alter every later one, and the signed checkpoints. */
import { createHash } from "node:crypto";

/** Before the first event of a chain. */
export const noHash = "0".repeat(64);

/** SHA-256 over the hash before, a line feed, and the event's JSON text in UTF-8; 64 hexadecimal digits. */
export function chainHash(previous: string, text: string): string {
	return createHash("sha256").update(`${previous}\n${text}`).digest("hex");
}

/** Over those events that stayed when all around them were deleted, in their order; undefined: there are none. */
export function keptHash(
	before: string | undefined,
	row: {
		readonly position: number;
		readonly room_id: string;
		readonly number: number;
		readonly hash: string;
	},
): string {
	const { position, room_id, number, hash } = row;
	return chainHash(
		before ?? noHash,
		`${position} ${room_id} ${number} ${hash}`,
	);
}

/** The hash of a chain, but over all events of the archive in their order, so that they cannot change places between rooms either. */
export function archiveHash(
	previous: string,
	{
		chain,
		number,
		hash,
	}: { readonly chain: string; readonly number: number; readonly hash: string },
): string {
	return chainHash(previous, `${chain} ${number} ${hash}`);
}
