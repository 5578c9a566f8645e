/**
 * A message posted to a room.
 * `<grpchat id="grpchat" chanUri=".." author="sip:.." ts=".."><chat>…</chat></grpchat>`
 * There is no reply: the author hears his own message as everybody does, a refusal is told by the status of the INFO.
 */
import { createHash } from "node:crypto";
import { ChatError } from "../errors.ts";
import type { RoomId } from "../rooms/types.ts";
import type { Session } from "../sessions/index.ts";
import { decodeMessage } from "../xccos/message.ts";
import { optionalAttribute, type XmlElement } from "../xccos/xml.ts";
import type { CommandContext } from "./command.ts";

/** What names a message among those of its envelope, and its envelope among those of its client. */
interface Place {
	readonly envid: string;
	readonly seqid: string;
}

/** Resolves when the message is stored. A repeat is stored once, also when the first one's dialog has ended meanwhile. */
export async function post(
	place: Place,
	grpchat: XmlElement,
	{ session, sessions, rooms, service, onOtherAuthor }: CommandContext,
): Promise<void> {
	const draft = decodeMessage(grpchat, service.domain);
	if (!isOwn(optionalAttribute(grpchat, "author"), session.actor.uri)) {
		onOtherAuthor(session);
		throw new ChatError(
			"forbidden",
			`You are signed in as ${session.actor.uri}; the author of your messages can be nobody else.`,
		);
	}
	if (!isIn(draft.room, { session, sessions })) {
		throw new ChatError("not-joined", "Join the room before you post in it.");
	}
	const key = attemptKey(session, place, grpchat, draft.text);
	await rooms.post(session.actor, { ...draft, key });
}

/**
 * The same for every attempt of a client to send the same message. Clients that say when it was written are known again in
 * another dialog too; others may count envelopes from the same number in each (0032).
 */
function attemptKey(
	{ id, actor, device }: Session,
	{ envid, seqid }: Place,
	grpchat: XmlElement,
	text: string,
): string {
	const writtenAt = optionalAttribute(grpchat, "ts");
	const client = writtenAt ? [actor.uri, device?.key, writtenAt] : [id];
	return createHash("sha256")
		.update(JSON.stringify([...client, envid, seqid, text]))
		.digest("base64url");
}

/** What was sent before the dialog ended counts, although its rooms are heard no more. */
function isIn(
	room: RoomId,
	{ session, sessions }: Pick<CommandContext, "session" | "sessions">,
): boolean {
	return sessions.has(session)
		? session.feeds.has(room)
		: session.toPart.has(room);
}

function isOwn(author: string | undefined, self: string): boolean {
	if (author === undefined || author === "") return true;
	const uri = author.toLowerCase();
	return uri === self || `sip:${uri}` === self;
}
