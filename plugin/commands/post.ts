/**
 * A message posted to a room.
 * `<grpchat id="grpchat" chanUri=".." author="sip:.." ts=".."><chat>…</chat></grpchat>`
 * There is no reply: the author hears his own message as everybody does, a refusal is told by the status of the INFO.
 */
import { ChatError } from "../errors.ts";
import { decodeMessage } from "../xccos/message.ts";
import { optionalAttribute, type XmlElement } from "../xccos/xml.ts";
import type { CommandContext } from "./command.ts";

/** Posts of one session that are remembered, so that a repeat is known. */
const maxRemembered = 256;

/** Resolves when the message is stored. A repeat of the same envelope on the same dialog is answered by the first. */
export async function post(
	envid: string,
	grpchat: XmlElement,
	{ session, rooms, service }: CommandContext,
): Promise<void> {
	const draft = decodeMessage(grpchat, service.domain);
	checkAuthor(optionalAttribute(grpchat, "author"), session.actor.uri);
	if (!session.feeds.has(draft.room)) {
		throw new ChatError("not-joined", "Join the room before you post in it.");
	}
	const key = JSON.stringify([envid, draft.room, draft.text]);
	const posted =
		session.recentPosts.get(key) ??
		remember(session.recentPosts, key, () => rooms.post(session.actor, draft));
	await posted;
}

function remember(
	recent: Map<string, Promise<unknown>>,
	key: string,
	work: () => Promise<unknown>,
): Promise<unknown> {
	const [oldest] = recent.keys();
	if (recent.size >= maxRemembered && oldest !== undefined) {
		recent.delete(oldest);
	}
	const posted = work();
	recent.set(key, posted);
	// What was refused may be tried again.
	posted.catch(() => recent.delete(key));
	return posted;
}

function checkAuthor(author: string | undefined, self: string): void {
	if (author === undefined || author === "") return;
	const uri = author.toLowerCase();
	if (uri !== self && `sip:${uri}` !== self) {
		throw new ChatError(
			"forbidden",
			`You are signed in as ${self}; the author of your messages can be nobody else.`,
		);
	}
}
