/** Table `outbox`: every event that compliance is owed, kept by the transaction that made it true; `room_id` is empty for what is of no room. */
import type { Knex } from "knex";
import type { Actor, CategoryId } from "../rooms/types.ts";
import { inChunks, insertAll } from "./rows.ts";
import type { FirstOwed, Outbox, OwedEvent, OwedEvents } from "./store.ts";

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

/** So many rows are passed over at a time: each costs a look at its place only. */
const passedAtOnce = 5_000;

export function owedEvents(db: Knex, countAtMost = 100_000): OwedEvents {
	/** By their own positions: one that is committed only now between two of them may be as long as it likes. */
	async function read(positions: readonly number[]): Promise<OwedEvent[]> {
		const found: OwedEvent[] = [];
		await inChunks(positions, async (some) => {
			const rows: readonly Row[] = await db("outbox")
				.select("position", "id", "type", "room_id as room", "at", "payload")
				.whereIn("position", some)
				.orderBy("position");
			found.push(
				...rows.map(({ at, ...row }) => ({ ...row, at: new Date(at) })),
			);
		});
		return found;
	}

	const places = (after: number, limit: number) =>
		db("outbox").where("position", ">", after).orderBy("position").limit(limit);

	async function fitting(
		positions: readonly number[],
		bytes: number,
	): Promise<readonly number[]> {
		const sizes: Size[] = [];
		await inChunks(positions, async (some) => {
			sizes.push(
				...(await db("outbox")
					.select("position", bytesOf(db))
					.whereIn("position", some)
					.orderBy("position")),
			);
		});
		return positionsOf(sizes.slice(0, within(sizes, bytes)));
	}

	async function oldest(limit: number, bytes: number): Promise<OwedEvent[]> {
		const sizes: readonly Size[] = await places(0, limit).select(
			"position",
			bytesOf(db),
		);
		return read(positionsOf(sizes.slice(0, within(sizes, bytes))));
	}

	return {
		oldest,
		async past({ rooms, after }, { events: limit, bytes }) {
			if (rooms.size === 0 && after === 0) {
				const events = await oldest(limit, bytes);
				const through = events.at(-1)?.position ?? 0;
				const [more] = await places(through, 1).select("position");
				return { events, through, isEnd: more === undefined };
			}
			const looked: readonly { position: number; room: string }[] =
				await places(after, passedAtOnce).select("position", "room_id as room");
			const others = looked.filter(({ room }) => !rooms.has(room));
			const first = await fitting(positionsOf(others.slice(0, limit)), bytes);
			const isAll = first.length === others.length;
			const last = isAll ? looked.at(-1)?.position : first.at(-1);
			return {
				events: await read(first),
				through: last ?? after,
				isEnd: isAll && looked.length < passedAtOnce,
			};
		},
		async closedBehind() {
			// A look into the index for each room, however much any of them is owed.
			const ofRoom = db("outbox")
				.min("position")
				.where("outbox.room_id", db.ref("rooms.id"));
			const ofRooms = db("rooms")
				.join("categories", "categories.id", "rooms.category_id")
				.where("categories.compliance", "closed")
				.select("category_id", { position: ofRoom });
			const firsts: readonly Closed[] = await db
				.from(ofRooms.as("of_rooms"))
				.whereNotNull("position")
				.groupBy("category_id")
				.select("category_id as category")
				.min({ position: "position" });
			const found = new Map<CategoryId, FirstOwed>();
			for (const { category, position } of firsts) {
				const first = await db("outbox").where({ position }).first("id", "at");
				if (first !== undefined) found.set(category, firstOwed(first));
			}
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
			const first: Pick<Row, "id" | "at"> | undefined = await db("outbox")
				.orderBy("position")
				.first("id", "at");
			if (first === undefined) return { owed: 0 };
			const some = db("outbox").select("position").limit(countAtMost);
			const counted: { readonly owed: number } | undefined = await db
				.from(some.as("some"))
				.count({ owed: "*" })
				.first();
			return { owed: counted?.owed ?? 0, first: firstOwed(first) };
		},
	};
}

interface Closed {
	readonly category: CategoryId;
	readonly position: number;
}

function firstOwed({ id, at }: Pick<Row, "id" | "at">): FirstOwed {
	return { id, at: new Date(at) };
}

interface Size {
	readonly position: number;
	readonly bytes: number;
}

function bytesOf(db: Knex): Knex.Raw {
	return db.raw("octet_length(payload) as bytes");
}

function positionsOf(
	rows: readonly { readonly position: number }[],
): readonly number[] {
	return rows.map(({ position }) => position);
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
