/** What an event is as a `Message` of Lync's XML, and where that has no word for it, of the extended form. */
import type { ArchivedEvent } from "../../plugin/compliance/adapter.ts";
import { historyAsked, searchAsked } from "./asked.ts";

export interface LyncMessage {
	/** Whether Lync's XML knows the type. */
	readonly lync: boolean;
	readonly type: string;
	/** What was said, asked for, or transferred; empty where the type says all. */
	readonly content: string;
	/** The message's number in its room; 0 for what is no message. */
	readonly id: number;
}

export function messageOf(event: ArchivedEvent): LyncMessage {
	switch (event.type) {
		case "joined":
			return lync("JOIN");
		case "parted":
			return lync("PART");
		case "posted":
			return lync("CHAT", event.message.text, event.message.sequence);
		case "viewed":
			return lync("BACKCHAT", historyAsked(event));
		case "searched":
			return lync("BACKCHAT", searchAsked(event));
		case "uploaded":
			return lync("FILEUPLOAD", event.file.name);
		case "downloaded":
			return lync("FILEDOWNLOAD", event.file.name);
		default:
			return beyondLync(event);
	}
}

function lync(type: string, content = "", id = 0): LyncMessage {
	return { lync: true, type, content, id };
}

type BeyondLync = Exclude<
	ArchivedEvent,
	{
		readonly type:
			| "joined"
			| "parted"
			| "posted"
			| "viewed"
			| "searched"
			| "uploaded"
			| "downloaded";
	}
>;

function beyondLync(event: BeyondLync): LyncMessage {
	const extended = (content = "", id = 0): LyncMessage => ({
		lync: false,
		type: event.type.toUpperCase(),
		content,
		id,
	});
	switch (event.type) {
		case "deleted":
			return extended(event.message.text, event.message.sequence);
		case "replaced":
			return extended(event.replacement, event.message.sequence);
		case "invited":
			return extended(event.user.uri.replace(/^sip:/, ""));
		case "roles-changed":
			return extended(event.role);
		case "category-created":
		case "category-changed":
		case "category-removed":
			return extended(event.category.name);
		case "directory-changed":
			return extended(event.subject);
		case "room-created":
		case "room-changed":
		case "room-removed":
		case "unreadable":
			return extended();
	}
}
