/** Table `outbox`: every event that compliance is owed, kept by the transaction that made it true; `room_id` is empty for what is of no room. */
import type { Knex } from "knex";
import type { Actor } from "../rooms/types.ts";
import { inChunks, insertAll } from "./rows.ts";
import type { Outbox, OwedEvent, OwedEvents } from "./store.ts";

type Row = Omit<OwedEvent, "at"> & { readonly at: number };

export function outboxWriter(tx: Knex): Outbox {
	return {
		async add(...events) {
			// When it is owed, not when it happened: that may be long ago, and nobody is behind with it.
			const at = Date.now();
			const rows = events.map((event) => ({
				id: event.id,
				room_id: "room" in event ? event.room.id : "",
				type: event.type,
				at,
				payload: JSON.stringify({ ...event, actor: recorded(event.actor) }),
			}));
			await insertAll(tx, "outbox", rows);
		},
	};
}

/** Where he came from is for the log of administrators' acts alone. */
function recorded({ cameFrom: _, ...actor }: Actor): Omit<Actor, "cameFrom"> {
	return actor;
}

/** Where nobody is owed anything. */
export const noOutbox: Outbox = { add: async () => {} };

export function owedEvents(db: Knex, countAtMost = 100_000): OwedEvents {
	return {
		async oldest(limit, bytes) {
			const sizes: readonly { position: number; bytes: number }[] = await db(
				"outbox",
			)
				.select("position", db.raw("octet_length(payload) as bytes"))
				.orderBy("position")
				.limit(limit);
			const first = sizes.slice(0, within(sizes, bytes));
			const found: OwedEvent[] = [];
			// By their own positions: one that is committed only now between two of them may be as long as it likes.
			await inChunks(first, async (some) => {
				const rows: readonly Row[] = await db("outbox")
					.select("position", "id", "type", "room_id as room", "at", "payload")
					.whereIn(
						"position",
						some.map(({ position }) => position),
					)
					.orderBy("position");
				found.push(
					...rows.map(({ at, ...row }) => ({ ...row, at: new Date(at) })),
				);
			});
			return found;
		},
		async forget(events) {
			await inChunks(events, async (some) => {
				// By id too: a server that counts anew after a restart gives a position twice.
				await db("outbox")
					.whereIn(
						"position",
						some.map(({ position }) => position),
					)
					.whereIn(
						"id",
						some.map(({ id }) => id),
					)
					.delete();
			});
		},
		async behind() {
			const oldest: { readonly at: number } | undefined = await db("outbox")
				.orderBy("position")
				.first("at");
			if (oldest === undefined) return { owed: 0 };
			const some = db("outbox").select("position").limit(countAtMost);
			const counted: { readonly owed: number } | undefined = await db
				.from(some.as("some"))
				.count({ owed: "*" })
				.first();
			return { owed: counted?.owed ?? 0, oldestAt: new Date(oldest.at) };
		},
	};
}

/** How many of the first stay within so many bytes; one at least. */
function within(sizes: readonly { bytes: number }[], bytes: number): number {
	let sum = 0;
	const over = sizes.findIndex((each, index) => {
		sum += each.bytes;
		return index > 0 && sum > bytes;
	});
	return over < 0 ? sizes.length : over;
}
