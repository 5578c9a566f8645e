/**
 * `<grpchat>`: a posted message read, and a kept one written. What this server gives no
 * meaning to goes through untouched.
 */
import { ChatError } from "../errors.ts";
import type { Draft, Message, MessageExtras } from "../rooms/types.ts";
import { parseRoomUri, roomUriOf, wireTime } from "./elements.ts";
import {
	attribute,
	checkPrefixes,
	child,
	children,
	element,
	localName,
	optionalAttribute,
	textOf,
	writeXml,
	type XmlElement,
} from "./xml.ts";

/** Attributes of `<grpchat>` that this server gives a meaning; the others are relayed untouched. */
const ownAttributes = new Set([
	"id",
	"seqid",
	"chanuri",
	"author",
	"authdisp",
	"alert",
	"chatid",
	"ts",
	"xmlns",
]);

/** A posted `<grpchat>` → what is to be kept of it. Throws `ChatError('malformed')`. */
export function decodeMessage(grpchat: XmlElement, domain: string): Draft {
	const chat = child(grpchat, "chat");
	const text = textOf(chat).replace(/\r\n?/g, "\n");
	if (children(grpchat, "chat").length > 1) {
		throw new ChatError("malformed", "A message has one <chat>.");
	}
	const extras = decodeExtras(grpchat, chat);
	return {
		room: parseRoomUri(attribute(grpchat, "chanUri"), domain),
		text,
		alert: optionalAttribute(grpchat, "alert")?.toLowerCase() === "true",
		...(extras && { extras }),
	};
}

function decodeExtras(
	grpchat: XmlElement,
	chat: XmlElement,
): MessageExtras | undefined {
	const inner = children(grpchat).filter((candidate) => candidate !== chat);
	const others = Object.entries(grpchat.attributes).filter(
		([name]) =>
			name.startsWith("xmlns:") ||
			!ownAttributes.has(localName(name).toLowerCase()),
	);
	const attributes = others.filter(([name]) => !name.startsWith("xmlns:"));
	checkPrefixes({ ...grpchat, attributes: Object.fromEntries(others) });
	if (inner.length === 0 && attributes.length === 0) return undefined;
	return {
		attributes: Object.fromEntries(others),
		children: inner.map(writeXml),
	};
}

/**
 * A message as it is relayed (`grpchat`) and as history shows it (`msg`). Without `rich`, the RTF copy is left out:
 * the plain text beside it is always complete.
 */
export function messageElement(
	name: "grpchat" | "msg",
	domain: string,
	message: Message,
	rich: boolean,
	seqid = 1,
): XmlElement {
	const written = (message.extras?.children ?? [])
		.filter(
			(xml) => rich || localName(/^<([^\s/>]+)/.exec(xml)?.[1] ?? "") !== "rtf",
		)
		.map((xml) => ({ written: xml }));
	return element(
		name,
		{
			...message.extras?.attributes,
			id: "grpchat",
			seqid,
			chanUri: roomUriOf(domain, message.room),
			author: message.author.uri,
			authdisp: message.author.displayName,
			alert: String(message.alert),
			chatId: message.sequence,
			ts: wireTime(message.postedAt),
		},
		element("chat", {}, message.text),
		...written,
	);
}
