/** The hash chain of a room's events: whoever alters, removes or inserts one must alter every later one, and the signed checkpoints. */
import { createHash } from "node:crypto";

/** Before the first event of a chain. */
export const noHash = "0".repeat(64);

/** SHA-256 over the hash before, a line feed, and the event's JSON text in UTF-8; 64 hexadecimal digits. */
export function chainHash(previous: string, text: string): string {
	return createHash("sha256").update(`${previous}\n${text}`).digest("hex");
}

/** The same over all events of the archive in their order, so that they cannot change places between rooms either. */
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
