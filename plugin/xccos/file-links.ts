/**
 * `ma-filelink://<domain>/<room>/<file>/<name>?bytes=<size>`: what a message says that tells of a file. The scheme is the product's,
 * the rest is of our own choosing: one word, so that it can stand in any text.
 */
import type { FileId, RoomFile, RoomId } from "../rooms/types.ts";

const guid = "[0-9a-z][0-9a-z-]{0,63}";
const maxLinks = 20;

export function fileLink(
	domain: string,
	{ room, id, name, bytes }: Pick<RoomFile, "room" | "id" | "name" | "bytes">,
): string {
	return `ma-filelink://${domain}/${room}/${id}/${encodeURIComponent(name)}?bytes=${bytes}`;
}

/** At most 20. */
export function filesNamedIn(
	domain: string,
	text: string,
): readonly { readonly room: RoomId; readonly file: FileId }[] {
	const pattern = new RegExp(
		`ma-filelink://([a-z0-9.-]+)/(${guid})/(${guid})`,
		"gi",
	);
	const found: { room: RoomId; file: FileId }[] = [];
	for (const [, of = "", room = "", file = ""] of text.matchAll(pattern)) {
		if (found.length >= maxLinks) break;
		if (of.toLowerCase() !== domain) continue;
		found.push({
			room: room.toLowerCase() as RoomId,
			file: file.toLowerCase() as FileId,
		});
	}
	return found;
}
