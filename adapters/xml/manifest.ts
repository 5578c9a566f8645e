/** The manifest of the files that were moved: who moved which, and what its copy is called. */
import { copyName, type Transfer } from "../transferred-files.ts";
import { element, type XmlElement } from "../xml-text.ts";
import { instantOf } from "./instant.ts";
import { messageOf } from "./message.ts";

/** Lists every transfer, in order. */
export function manifestOf(
	output: string,
	transfers: readonly Transfer[],
): XmlElement {
	return element(
		"Attachments",
		{},
		transfers.map((transfer) =>
			element("Attachment", {
				type: messageOf(transfer).type,
				name: transfer.file.name,
				file: copyName(output, transfer.file),
				mediaType: transfer.file.type,
				bytes: String(transfer.file.bytes),
				sha256: transfer.file.sha256,
				missing: transfer.file.missing,
				channel: transfer.room.uri,
				sender: transfer.actor.uri.replace(/^sip:/, ""),
				...instantOf(transfer.at),
			}),
		),
	);
}
