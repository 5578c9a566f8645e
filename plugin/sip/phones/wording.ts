/** What phones are told, in words. */
import type { PhoneNews } from "../../rooms/index.ts";
import type { Message, Room, RoomView } from "../../rooms/types.ts";

/** Names listed at most. */
export const listedNames = 50;

export const helpText = [
	"/join - what is said here is sent to you from now on",
	"/part - no more",
	"/who - who is in the room",
	"/history 10 - what was said last",
	"/help - this",
	"Anything else is posted; a text that is to begin with / is written with //.",
].join("\n");

export function textOfNews(news: PhoneNews): string {
	switch (news.type) {
		case "message":
			return said(news.message);
		case "skipped":
			return `${news.count} earlier messages are not sent here; /history shows the newest.`;
		case "lost":
			return `You are not in ${news.room.name} any more: what is said there is not sent to you.`;
	}
}

/** `Alice: hello`. */
export function said({ author, text, alert }: Message): string {
	return `${alert ? "(!) " : ""}${author.displayName}: ${text}`;
}

/** `[2026-01-31 17:05 UTC] Alice: hello`. */
export function saidThen(message: Message): string {
	const at = message.postedAt.toISOString().slice(0, 16).replace("T", " ");
	return `[${at} UTC] ${said(message)}`;
}

export function welcome({ room, participantCount }: RoomView): string {
	return `You are in ${room.name} (${counted(participantCount)}). What is said there is sent to you; /part ends it, /help tells more.`;
}

export function farewell({ name }: Pick<Room, "name">): string {
	return `What is said in ${name} is not sent to you any more.`;
}

export function whoText(
	{ name }: Pick<Room, "name">,
	count: number,
	names: readonly string[],
): string {
	if (count === 0) return `Nobody is in ${name}.`;
	const more = count - names.length;
	const rest = more > 0 ? ` and ${more} more` : "";
	return names.length === 0
		? `In ${name}: ${counted(count)}.`
		: `In ${name} (${count}): ${names.join(", ")}${rest}`;
}

function counted(count: number): string {
	return count === 1 ? "1 person" : `${count} people`;
}
