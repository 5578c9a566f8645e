/** What the rooms ask of the wire, without knowing it: sizes, characters, links. */
import type { RoomsNeeds } from "../rooms/index.ts";
import type { Actor, Draft } from "../rooms/types.ts";
import { fileLink, filesNamedIn } from "../xccos/file-links.ts";
import { encodeMessage, maxBodyBytes } from "../xccos/notices.ts";
import { encodeRoomSetting, roomsNamedIn } from "../xccos/presence.ts";
import { forbiddenCharacter } from "../xccos/xml.ts";

export function createWire(domain: string): RoomsNeeds["wire"] {
	return {
		relayBytes: (actor, draft) => relayBytes(domain, actor, draft),
		forbiddenCharacter,
		roomSetting: (room) => encodeRoomSetting(domain, room),
		roomsNamed: (data) => roomsNamedIn(domain, data),
		fileLink: (file) => fileLink(domain, file),
		filesNamed: (text) => filesNamedIn(domain, text),
	};
}

/** What a relayed message takes beside its text, with the longest names. */
const envelopeBytes = 3_500;

/** The size of a draft as it will be relayed, without its RTF copy if it must. */
function relayBytes(domain: string, author: Actor, draft: Draft): number {
	// Most are far below the limit, even if every character were an "&".
	const most = Buffer.byteLength(draft.text) * 5 + envelopeBytes;
	if (draft.extras === undefined && most <= maxBodyBytes) return most;
	const longest = {
		...draft,
		author,
		sequence: Number.MAX_SAFE_INTEGER,
		postedAt: new Date(0),
	};
	return Buffer.byteLength(encodeMessage("9".repeat(20), domain, longest));
}
