/** Receipts for messages (IMDN, RFC 5438), in the CPIM that carries them (RFC 3862). */
import type { UserUri } from "../../rooms/types.ts";
import { element, writeXml } from "../../xccos/xml.ts";
import type { ReceiptAsked } from "./message-body.ts";

export const receiptType = "message/cpim";

/** `delivered`: it is kept in the room; `failed`: it is not. */
export function encodeReceipt(
	{ messageId, dateTime }: ReceiptAsked,
	{
		room,
		user,
		status,
		id,
		at,
	}: {
		/** The address of the room. */
		readonly room: string;
		readonly user: UserUri;
		readonly status: "delivered" | "failed";
		/** Of the receipt itself. */
		readonly id: string;
		readonly at: Date;
	},
): string {
	const imdn = writeXml(
		element(
			"imdn",
			{ xmlns: "urn:ietf:params:xml:ns:imdn" },
			element("message-id", {}, messageId),
			element("datetime", {}, fitting(dateTime) ?? at.toISOString()),
			element("recipient-uri", {}, room),
			element("original-recipient-uri", {}, room),
			element(
				"delivery-notification",
				{},
				element("status", {}, element(status)),
			),
		),
	);
	const content = `<?xml version="1.0" encoding="UTF-8"?>\n${imdn}`;
	return [
		`From: <${room}>`,
		`To: <${user}>`,
		"NS: imdn <urn:ietf:params:imdn>",
		`imdn.Message-ID: ${id}`,
		`DateTime: ${at.toISOString()}`,
		"",
		"Content-Type: message/imdn+xml",
		"Content-Disposition: notification",
		`Content-Length: ${Buffer.byteLength(content)}`,
		"",
		content,
	].join("\r\n");
}

/** His own time comes back to him as he wrote it, if it is one. */
function fitting(dateTime: string | undefined): string | undefined {
	return dateTime !== undefined && /^[\dTZ:.+-]{10,40}$/.test(dateTime)
		? dateTime
		: undefined;
}
