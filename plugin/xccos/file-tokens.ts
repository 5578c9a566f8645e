/** `<ftdb>` and `<token>`: what is asked and answered before a file moves. */
import { ChatError } from "../errors.ts";
import type { FileId, RoomId } from "../rooms/types.ts";
import { parseRoomUri } from "./elements.ts";
import {
	attribute,
	child,
	element,
	optionalAttribute,
	type XmlElement,
} from "./xml.ts";

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export interface FileTokenAsked {
	readonly room: RoomId;
	/** Of the file, as the client calls it. */
	readonly name: string;
	readonly file?: FileId | undefined;
}

/** Throws `malformed`, `no-such-room`. */
export function readFtdb(data: XmlElement, domain: string): FileTokenAsked {
	const block = child(data, "ftdb");
	const id = optionalAttribute(block, "fileid")?.toLowerCase();
	if (id !== undefined && !guid.test(id)) {
		throw new ChatError("malformed", "A file's id must be a GUID.");
	}
	return {
		room: parseRoomUri(attribute(block, "channelUri"), domain),
		name: optionalAttribute(block, "fileUrl") ?? "",
		file: id as FileId | undefined,
	};
}

export function tokenElement(token: string, serveruri: string): XmlElement {
	return element("token", { token, serveruri });
}
