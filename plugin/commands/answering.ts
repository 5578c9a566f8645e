/** An answer, or a refusal, on its way to the session that asked. */
import { ChatError } from "../errors.ts";
import type { ReplyPart, Withheld } from "../sessions/index.ts";
import { encodeReply, type ReplyTo } from "../xccos/envelope.ts";
import {
	encodeNotice,
	encodeNotices,
	type Notice,
	type NoticeBlock,
	noticeBytes,
} from "../xccos/notices.ts";
import { refusals, refusalText } from "../xccos/replies.ts";
import type { XmlElement } from "../xccos/xml.ts";
import type { Answer, CommandContext } from "./command.ts";

/**
 * In as many parts as it takes; what waits for a slow client is taken back when it should not be told any more. `taken`: called when
 * the client has taken it, or will not.
 */
export function sendAnswer(
	{ session, sessions }: CommandContext,
	to: ReplyTo,
	{ parts, notices = [], about }: Answer,
	taken?: () => void,
): void {
	session.outlet.reply({
		taken,
		parts: parts.map((data, index): ReplyPart => {
			const more = index < parts.length - 1;
			const write = (some: readonly XmlElement[]) =>
				encodeReply(sessions.nextEnvid(), to, {
					code: 200,
					text: "SUCCESS_OK",
					data: some,
					more,
				});
			const content = about?.(data);
			const only = content?.only?.bind(content);
			return {
				body: write(data),
				content,
				only: only && ((rooms) => write(only(rooms))),
			};
		}),
		refuse: (why) => encodeRefusal(sessions, to, withheld[why]),
	});
	if (notices.length === 0) return;
	session.outlet.reply({
		parts: notices.flatMap((notice) => noticeParts(sessions, notice)),
		refuse: () => encodeNotice(sessions.nextEnvid(), "ntc:join"),
	});
}

/** Notices that belong to an answer are not packed with others: each body waits its turn, as the answer does. */
function noticeParts(
	sessions: CommandContext["sessions"],
	{ id, blocks }: Notice,
): ReplyPart[] {
	const groups: NoticeBlock[][] = [];
	let bytes = noticeBytes;
	for (const block of blocks) {
		bytes += block.bytes;
		if (bytes > noticeBytes) {
			groups.push([]);
			bytes = block.bytes;
		}
		groups.at(-1)?.push(block);
	}
	return groups.map((some) => ({
		body: encodeNotices(
			sessions.nextEnvid(),
			some.map((block) => ({ id, block })),
		),
		content: { rooms: [...new Set(some.flatMap(({ rooms }) => rooms))] },
		only: () => encodeNotice(sessions.nextEnvid(), id),
	}));
}

export function encodeRefusal(
	sessions: CommandContext["sessions"],
	to: ReplyTo,
	refusal: ChatError,
): string {
	return encodeReply(sessions.nextEnvid(), to, {
		code: refusals[refusal.reason].code,
		text: refusalText(refusal),
		data: [],
	});
}

/** An answer that waits for a slow client is not told any more when it should not be by now. */
const withheld: Readonly<Record<Withheld, ChatError>> = {
	"right lost": new ChatError(
		"forbidden",
		"Your right to be in this room has just been taken away.",
	),
	"rights changed": new ChatError(
		"conflict",
		"Rights have just been changed; ask again.",
	),
	"messages changed": new ChatError(
		"conflict",
		"Messages have just been deleted or replaced; ask again.",
	),
};
