/**
 * What a SIP MESSAGE says: plain text (RFC 3428), or that within CPIM (RFC 3862), which may ask for receipts (RFC 5438).
 * Pure: no I/O.
 */
import type { UserUri } from "../../rooms/types.ts";
import { userUri } from "../uri.ts";

/** Wants to know what became of his message. */
export interface ReceiptAsked {
	readonly messageId: string;
	/** As the sender wrote it. */
	readonly dateTime: string | undefined;
	readonly positive: boolean;
	readonly negative: boolean;
}

export type MessageBody =
	| {
			readonly type: "text";
			/** Line ends are LF. */
			readonly text: string;
			/** Whom the wrapping names as its author. */
			readonly from: UserUri | undefined;
			readonly receipt: ReceiptAsked | undefined;
	  }
	/** A receipt for something that we sent. */
	| { readonly type: "receipt" }
	/** What a phone has answered by itself. */
	| { readonly type: "automatic" }
	| {
			readonly type: "unreadable";
			readonly status: 400 | 415;
			readonly words: string;
	  };

export const takenTypes = "text/plain, message/cpim";

const maxMessageIdLength = 200;

export function readMessageBody(request: {
	readonly body: string;
	get(name: string): string | undefined;
}): MessageBody {
	const get = (name: string) => request.get(name);
	// COMPAT(drachtio-srf): it reads the compact form of Content-Encoding as "Contact-Encoding".
	const encoding = get("Content-Encoding") ?? get("Contact-Encoding");
	if (!/^\s*(identity\s*)?$/i.test(encoding ?? "")) {
		return unreadable(415, "Send it without Content-Encoding");
	}
	const type = get("Content-Type") ?? "";
	const body = request.body ?? "";
	if (body === "") return unreadable(400, "A message needs a text");
	// Bytes that are not UTF-8 are this by the time that they come here.
	if (body.includes("\ufffd")) return unreadable(400, "The text is not UTF-8");
	const unsaid = unsaidBy(get);
	if (unsaid !== undefined) return { type: unsaid };
	return mediaType(type) === "message/cpim"
		? readCpim(body)
		: readText(type, body);
}

/**
 * What no person has said, by its headers (RFC 3834, RFC 5438). What a program says on its own account (`auto-generated`: an alarm) is
 * said all the same.
 */
function unsaidBy(
	get: (name: string) => string | undefined,
): "receipt" | "automatic" | undefined {
	const word = (name: string) => mediaType(get(name) ?? "");
	if (word("Content-Disposition") === "notification") return "receipt";
	const submitted = word("Auto-Submitted");
	return ["", "no", "auto-generated"].includes(submitted)
		? undefined
		: "automatic";
}

function readText(contentType: string, body: string): MessageBody {
	const type = mediaType(contentType);
	if (type === "message/imdn+xml") return { type: "receipt" };
	if (type !== "text/plain") {
		return unreadable(415, "Send plain text, by itself or in CPIM");
	}
	const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(contentType)?.[1];
	if (charset !== undefined && !/^(utf-?8|us-ascii)$/i.test(charset)) {
		return unreadable(415, "Send the text in UTF-8");
	}
	const text = body.replace(/\r\n?/g, "\n").replace(/\n+$/, "");
	if (text.trim() === "") return unreadable(400, "A message needs a text");
	return { type: "text", text, from: undefined, receipt: undefined };
}

/** Headers of the message, an empty line, headers of what it holds, an empty line, and that. */
function readCpim(body: string): MessageBody {
	const [head = "", inner, ...rest] = body
		.replace(/\r\n?/g, "\n")
		.split("\n\n");
	if (inner === undefined || rest.length === 0) {
		return unreadable(400, "The CPIM lacks its headers or its content");
	}
	const outer = headersOf(head);
	const of = headersOf(inner);
	if (!/^(identity)?$/i.test(of.get("content-encoding") ?? "")) {
		return unreadable(415, "Send the CPIM without Content-Encoding");
	}
	const transfer = of.get("content-transfer-encoding");
	if (transfer !== undefined && !/^(7bit|8bit|binary)$/i.test(transfer)) {
		return unreadable(415, "Send the CPIM without Content-Transfer-Encoding");
	}
	const unsaid =
		unsaidBy((name) => outer.get(name.toLowerCase())) ??
		unsaidBy((name) => of.get(name.toLowerCase()));
	if (unsaid !== undefined) return { type: unsaid };
	const content = readText(
		of.get("content-type") ?? "text/plain",
		rest.join("\n\n"),
	);
	if (content.type !== "text") return content;
	if ((head.match(/^from[ \t]*:/gim)?.length ?? 0) > 1) {
		return unreadable(400, "The CPIM has more than one From");
	}
	const from = outer.get("from");
	const author =
		from === undefined ? undefined : userUri(from.replace(/\bim:/i, "sip:"));
	if (from !== undefined && author === undefined) {
		return unreadable(400, "The From of the CPIM is no address");
	}
	return { ...content, from: author, receipt: receiptOf(outer) };
}

function receiptOf(
	headers: ReadonlyMap<string, string>,
): ReceiptAsked | undefined {
	const prefix = imdnPrefix(headers);
	const messageId = headers.get(`${prefix}message-id`) ?? "";
	const asked = (headers.get(`${prefix}disposition-notification`) ?? "")
		.toLowerCase()
		.split(/[,;]/)
		.map((each) => each.trim());
	const receipt = {
		messageId,
		dateTime: headers.get("datetime"),
		positive: asked.includes("positive-delivery"),
		negative: asked.includes("negative-delivery"),
	};
	const isFit = /^[\x21-\x7e]+$/.test(messageId);
	return isFit &&
		messageId.length <= maxMessageIdLength &&
		(receipt.positive || receipt.negative)
		? receipt
		: undefined;
}

/** `NS: imdn <urn:ietf:params:imdn>` gives it; some leave that out. */
function imdnPrefix(headers: ReadonlyMap<string, string>): string {
	const space = headers.get("ns") ?? "";
	const prefix = /^(\S+)\s*<urn:ietf:params:imdn>/i.exec(space)?.[1] ?? "imdn";
	return `${prefix.toLowerCase()}.`;
}

function headersOf(text: string): ReadonlyMap<string, string> {
	const headers = new Map<string, string>();
	for (const line of text.split("\n").slice(0, 50)) {
		const colon = line.indexOf(":");
		if (colon < 1) continue;
		const name = line.slice(0, colon).trim().toLowerCase();
		const value = line.slice(colon + 1).trim();
		// Of several name spaces it is that of receipts which counts here.
		if (name === "ns" && !/urn:ietf:params:imdn/i.test(value)) continue;
		if (!headers.has(name)) headers.set(name, value);
	}
	return headers;
}

function mediaType(contentType: string): string {
	return contentType.split(";")[0]?.trim().toLowerCase() ?? "";
}

function unreadable(status: 400 | 415, words: string): MessageBody {
	return { type: "unreadable", status, words };
}
