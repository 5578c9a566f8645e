/**
 * A message posted to a room.
 * `<grpchat id="grpchat" chanUri=".." author="sip:.." ts=".."><chat>…</chat></grpchat>`
 * There is no reply: the author hears his own message as everybody does, a refusal is told by the status of the INFO.
 */
import { createHash } from "node:crypto";
import { ChatError } from "../errors.ts";
import type { RoomId } from "../rooms/types.ts";
import { decodeMessage } from "../xccos/message.ts";
import { optionalAttribute, type XmlElement } from "../xccos/xml.ts";
import type { CommandContext } from "./command.ts";

/** Resolves when the message is stored. A repeat of the same envelope on the same dialog is stored once. */
export async function post(
	{ envid, seqid }: { readonly envid: string; readonly seqid: string },
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
	const key = createHash("sha256")
		.update(JSON.stringify([session.id, envid, seqid, draft.text]))
		.digest("base64url");
	await rooms.post(session.actor, { ...draft, key });
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
