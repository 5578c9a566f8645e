/** Messages of one room, from either end, also by time. */
import type { Knex } from "knex";
import type { Message, Room, RoomId } from "../rooms/types.ts";
import { type MessageRow, message } from "./message-rows.ts";
import type { MessagePage } from "./store.ts";

export type SpanAsked = Omit<MessagePage, "limit">;

/** `first <= sequence <= last`. */
export interface Span {
	readonly room: RoomId;
	readonly first: number;
	readonly last: number;
}

/** Clocks of nodes may differ by so much. */
const skewMs = 60_000;
/** Of fewer messages the times are simply read. */
const fewMessages = 500;

export async function readPage(
	db: Knex,
	room: Pick<Room, "id" | "lastSequence">,
	page: MessagePage,
): Promise<readonly Message[]> {
	const span = await spanOf(db, room, page);
	const query = db<MessageRow>("messages")
		.where({ room_id: room.id })
		.whereBetween("sequence", [span.first, span.last])
		.orderBy("sequence", page.newestFirst ? "desc" : "asc")
		.limit(page.limit);
	if (page.from) query.where("posted_at", ">=", page.from.getTime());
	if (page.to) query.where("posted_at", "<=", page.to.getTime());
	return (await query).map(message);
}

/** What of the room's sequence comes into question; of times perhaps a little more. */
export async function spanOf(
	db: Knex,
	{ id, lastSequence }: Pick<Room, "id" | "lastSequence">,
	{ aboveSequence = 0, belowSequence = Infinity, from, to }: SpanAsked,
): Promise<Span> {
	const span = {
		room: id,
		first: aboveSequence + 1,
		last: Math.min(lastSequence, belowSequence - 1),
	};
	if (span.last - span.first < fewMessages) return span;
	const first = from && (await edge(db, id, "asc", from.getTime() - skewMs));
	const last = to && (await edge(db, id, "desc", to.getTime() + skewMs));
	const none = (from && first === undefined) || (to && last === undefined);
	return {
		...span,
		first: Math.max(span.first, first ?? 1),
		last: none ? 0 : Math.min(span.last, last ?? span.last),
	};
}

/** The first message then or later, the last one then or earlier. */
async function edge(
	db: Knex,
	room: RoomId,
	order: "asc" | "desc",
	at: number,
): Promise<number | undefined> {
	const row: { readonly sequence: number } | undefined = await db("messages")
		.where({ room_id: room })
		.where("posted_at", order === "asc" ? ">=" : "<=", at)
		.orderBy("posted_at", order)
		.first("sequence");
	return row?.sequence;
}
