/** What waits for a client, piece by piece, and what becomes of a piece whose room or messages may not be told any more. */
import type { Message, RoomId } from "../rooms/types.ts";
import type { NoticeBlock } from "../xccos/notices.ts";

/** A message that a body brings, and what is to be done when the client has taken it. */
export interface About {
	readonly message: Message;
	taken(): void;
}

/** What a part of a reply tells of. */
export interface Content {
	readonly rooms: readonly RoomId[];
	/** Of its only room, the messages in it. */
	readonly sequences?: readonly number[];
}

export interface ReplyPart {
	readonly body: string;
	readonly content?: Content | undefined;
	/** The same part, told of these rooms; without it, the reply ends by a refusal where a room may not be told. */
	readonly only?: ((rooms: readonly RoomId[]) => string) | undefined;
}

/** Why the rest of a reply is not told: a right was lost, rights are others now, messages are. */
export type Withheld = "right lost" | "rights changed" | "messages changed";

/** A command's reply, as long as parts of it wait. */
export interface Reply {
	readonly parts: readonly ReplyPart[];
	/** The client has taken the last of it, or will not take it any more. */
	readonly taken?: (() => void) | undefined;
	/** The body that ends it in the place of what is withheld. */
	refuse(why: Withheld): string;
}

/** Notices that go together; it grows while it is the last that waits. */
export interface Pack {
	readonly blocks: { readonly id: string; readonly block: NoticeBlock }[];
	bytes: number;
}

export type Waiting =
	| { readonly body: string; readonly about?: About | undefined }
	| { readonly pack: Pack }
	| { readonly body: string; readonly part: ReplyPart; readonly reply: Reply };

/** What waits, in its order → what waits instead. */
export type Revision = (waiting: readonly Waiting[]) => readonly Waiting[];

/** What a block takes beside itself. */
const blockOverheadBytes = 60;

export function sizeOfBlock({ bytes }: NoticeBlock): number {
	return bytes + blockOverheadBytes;
}

/** The client leaves the room: nothing of what happens there is told any more. What it asked for is answered. */
export function forgetting(room: RoomId): Revision {
	const gone = (each: RoomId) => each === room;
	return (waiting) => waiting.flatMap((item) => withoutNews(item, gone));
}

/** The user may not be told of these rooms any more, not even as an answer. */
export function losing(
	lost: (room: RoomId) => boolean,
	why: Withheld,
): Revision {
	return withholding(why, lost, (part) => {
		const { rooms = [] } = part.content ?? {};
		const left = rooms.filter((room) => !lost(room));
		if (left.length === rooms.length) return part;
		if (part.only === undefined) return undefined;
		const body = part.only(left);
		return { ...part, body, content: { rooms: left } };
	});
}

/** These messages are deleted; or `rewritten` gives a message as it reads now. */
export function withdrawing(
	room: RoomId,
	sequences: ReadonlySet<number>,
	rewritten?: (message: Message) => string,
): Revision {
	const holds = withholding(
		"messages changed",
		() => false,
		(part) => {
			const { rooms = [], sequences: shown = [] } = part.content ?? {};
			const meant = rooms.includes(room) && shown.some((n) => sequences.has(n));
			return meant ? undefined : part;
		},
	);
	return (waiting) =>
		holds(waiting).flatMap((item) => {
			if (!("about" in item) || item.about === undefined) return [item];
			const { message } = item.about;
			if (message.room !== room || !sequences.has(message.sequence)) {
				return [item];
			}
			return rewritten ? [{ ...item, body: rewritten(message) }] : [];
		});
}

/** Where a reply may not go on as it is, it is ended: `look` gives the part to be told, if any. */
function withholding(
	why: Withheld,
	gone: (room: RoomId) => boolean,
	look: (part: ReplyPart) => ReplyPart | undefined,
): Revision {
	return (waiting) => {
		const ended = new Set<Reply>();
		return waiting.flatMap((item): readonly Waiting[] => {
			if (!("reply" in item)) return withoutNews(item, gone);
			const { reply } = item;
			if (ended.has(reply)) return [];
			const part = look(item.part);
			if (part === item.part) return [item];
			if (part !== undefined) return [{ body: part.body, part, reply }];
			ended.add(reply);
			const body = reply.refuse(why);
			// It stays of its reply: what is withheld of that later does not end it once more.
			return [{ body, part: { body }, reply }];
		});
	};
}

function withoutNews(
	item: Waiting,
	gone: (room: RoomId) => boolean,
): readonly Waiting[] {
	if ("pack" in item) return narrow(item.pack, gone);
	if (!("about" in item) || item.about === undefined) return [item];
	return gone(item.about.message.room) ? [] : [item];
}

/** Without what is of these rooms, if anything is left. */
function narrow(
	pack: Pack,
	gone: (room: RoomId) => boolean,
): readonly Waiting[] {
	if (!pack.blocks.some(({ block }) => block.rooms.some(gone)))
		return [{ pack }];
	const blocks = pack.blocks.flatMap(({ id, block }) => {
		if (!block.rooms.some(gone)) return [{ id, block }];
		const others = block.rooms.filter((room) => !gone(room));
		return others.length === 0 ? [] : [{ id, block: block.only(others) }];
	});
	if (blocks.length === 0) return [];
	const bytes = blocks.reduce((sum, { block }) => sum + sizeOfBlock(block), 0);
	return [{ pack: { blocks, bytes } }];
}
