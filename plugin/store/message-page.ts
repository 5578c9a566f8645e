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
	room: Pick<Room, "id" | "lastSequence">,
	asked: SpanAsked,
): Promise<Span> {
	const [span] = await spansOf(db, [room], asked);
	return span ?? { room: room.id, first: 1, last: 0 };
}

/** The same of several rooms, by one statement: no more than some dozens. */
export async function spansOf(
	db: Knex,
	rooms: readonly Pick<Room, "id" | "lastSequence">[],
	{ aboveSequence = 0, belowSequence = Infinity, from, to }: SpanAsked,
): Promise<readonly Span[]> {
	const spans = rooms.map(({ id, lastSequence }) => ({
		room: id,
		first: aboveSequence + 1,
		last: Math.min(lastSequence, belowSequence - 1),
	}));
	const edges = spans
		.filter(({ first, last }) => last - first >= fewMessages)
		.flatMap(({ room }) => [
			...(from ? [edge(db, room, "asc", from.getTime() - skewMs)] : []),
			...(to ? [edge(db, room, "desc", to.getTime() + skewMs)] : []),
		]);
	if (edges.length === 0) return spans;
	const [row]: readonly Readonly<Record<string, number | null>>[] =
		await db.select(edges);
	return spans.map((span) => {
		const first = row?.[`asc ${span.room}`];
		const last = row?.[`desc ${span.room}`];
		return {
			...span,
			first: Math.max(span.first, first ?? 1),
			last:
				first === null || last === null
					? 0
					: Math.min(span.last, last ?? span.last),
		};
	});
}

/** The first message then or later, the last one then or earlier; null when there is none. */
function edge(
	db: Knex,
	room: RoomId,
	order: "asc" | "desc",
	at: number,
): Knex.QueryBuilder {
	return db("messages")
		.where({ room_id: room })
		.where("posted_at", order === "asc" ? ">=" : "<=", at)
		.orderBy("posted_at", order)
		.limit(1)
		.select("sequence")
		.as(`${order} ${room}`);
}
