/** Conversations as Lync's XML (element and attribute names, order and case are its), and as the extended form of it. */
import { createHash } from "node:crypto";
import type { ArchivedEvent, Person } from "../../plugin/compliance/adapter.ts";
import { type Conversation, conversationsOf } from "../conversations.ts";
import { mapInTurns } from "../turns.ts";
import { element, type XmlElement } from "../xml-text.ts";
import { instantOf } from "./instant.ts";
import { messageOf } from "./message.ts";

export interface Details {
	readonly addChatRoomDetails: boolean;
	readonly addUserDetails: boolean;
}

/** Those that Lync's XML can tell. */
export function tellable(
	events: readonly ArchivedEvent[],
): readonly ArchivedEvent[] {
	return events.filter((event) => messageOf(event).lync);
}

/** Of events that Lync's XML can tell. */
export function lyncDocument(
	events: readonly ArchivedEvent[],
	details: Details,
): Promise<XmlElement> {
	return documentOf(events, details, (event) => told(event, details));
}

/** Of any events: each with a `Record`, the event as the archive keeps it, in JSON that holds ASCII only. */
export function extendedDocument(
	events: readonly ArchivedEvent[],
	details: Details,
): Promise<XmlElement> {
	return documentOf(events, details, (event) => [
		...told(event, details),
		element("Record", {}, asciiJson(event)),
	]);
}

async function documentOf(
	events: readonly ArchivedEvent[],
	details: Details,
	tell: (event: ArchivedEvent) => readonly XmlElement[],
): Promise<XmlElement> {
	const conversations: XmlElement[] = [];
	for (const conversation of conversationsOf(events)) {
		conversations.push(await conversationElement(conversation, details, tell));
	}
	return element(
		"Conversations",
		{
			"xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
			"xmlns:xsd": "http://www.w3.org/2001/XMLSchema",
		},
		conversations,
	);
}

async function conversationElement(
	conversation: Conversation,
	details: Details,
	tell: (event: ArchivedEvent) => readonly XmlElement[],
): Promise<XmlElement> {
	const { events, startsAt, endsAt } = conversation;
	const messages = await mapInTurns(events, (event) =>
		messageElement("Message", event, tell),
	);
	return element("Conversation", {}, [
		...channelOf(conversation, details),
		...events
			.slice(0, 1)
			.map((event) => messageElement("FirstMessage", event, tell)),
		element("Messages", {}, messages),
		instantElement("StartTimeUTC", startsAt),
		instantElement("EndTimeUTC", endsAt),
	]);
}

function channelOf(
	{ room }: Conversation,
	{ addChatRoomDetails }: Details,
): readonly XmlElement[] {
	if (room === undefined) return [];
	return [
		element("Channel", {
			uri: room.uri,
			name: room.name,
			// What is not recorded is not here.
			islogged: addChatRoomDetails ? "true" : undefined,
		}),
	];
}

function messageElement(
	name: string,
	event: ArchivedEvent,
	tell: (event: ArchivedEvent) => readonly XmlElement[],
): XmlElement {
	const { type, content, id } = messageOf(event);
	return element(name, { type, content, id: String(id) }, tell(event));
}

function told(
	event: ArchivedEvent,
	details: Details,
): readonly [XmlElement, XmlElement] {
	return [
		senderElement(event.actor, details),
		instantElement("DateTimeUTC", event.at),
	];
}

function senderElement(
	person: Person,
	{ addUserDetails }: Details,
): XmlElement {
	const address = person.uri.replace(/^sip:/, "");
	return element("Sender", {
		UserName: person.displayName === "" ? address : person.displayName,
		id: String(senderId(person)),
		email: addUserDetails ? (person.email ?? "") : "",
		internal: String(person.internal),
		uri: address,
	});
}

/** An xs:int above 0, the same for a user for ever: of his guid, or of his address where the directory knew none. */
export function senderId({ guid, uri }: Pick<Person, "guid" | "uri">): number {
	const digest = createHash("sha256").update(guid === "" ? uri : guid);
	return digest.digest().readUInt32BE() & 0x7fffffff || 1;
}

function instantElement(name: string, at: string): XmlElement {
	return element(name, { ...instantOf(at) });
}

/** Characters that XML forbids are escapes in it, so that they are kept. */
function asciiJson(event: ArchivedEvent): string {
	return JSON.stringify(event).replace(
		/[\u007F-\uFFFF]/g,
		(unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
	);
}
