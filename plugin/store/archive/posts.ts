/** Table `archive_events`, for counting what was archived of what was posted; and how far back the archive goes. */
import type { Knex } from "knex";
import type { Archive } from "../../compliance/archive.ts";
import type { ArchivedPosts } from "../../compliance/archive-posts.ts";
import { timeOf } from "./adapters.ts";
import { archivedEvent, type EventRow, eventColumns } from "./events.ts";

interface Head {
	readonly position: number;
	readonly pruned: number;
	readonly begun_at: number;
}

export function extentOf(db: Knex): Pick<Archive, "extent"> {
	return {
		async extent() {
			const head: Head = await db("archive_head").first();
			const oldest: { readonly at: number } | undefined = await db(
				"archive_events",
			)
				.where("position", ">", head.pruned)
				.orderBy("position")
				.first("at");
			const [chains] = await db("archive_chains").count({ chains: "*" });
			return {
				position: head.position,
				pruned: head.pruned,
				chains: Number(chains?.chains ?? 0),
				begunAt: new Date(head.begun_at),
				oldestAt: timeOf(oldest?.at),
			};
		},
	};
}

const roomsAtOnce = 500;

export function archivedPosts(db: Knex): ArchivedPosts {
	return {
		async adapters() {
			return db("archive_adapters").select("name", "position", "since");
		},
		async rooms(after = "") {
			const rooms: Awaited<ReturnType<ArchivedPosts["rooms"]>> = await db(
				"archive_chains",
			)
				.where("room_id", ">", after)
				.orderBy("room_id")
				.limit(roomsAtOnce)
				.pluck("room_id");
			return rooms;
		},
		async nameOf(room) {
			const row: EventRow | undefined = await db("archive_events")
				.where({ room_id: room })
				.orderBy("number", "desc")
				.first(eventColumns);
			return row === undefined ? room : (archivedEvent(row).room?.name ?? room);
		},
		async prunedThrough(room) {
			const chain: { readonly pruned_sequence: number } | undefined = await db(
				"archive_chains",
			)
				.where({ room_id: room })
				.first("pruned_sequence");
			return chain?.pruned_sequence ?? 0;
		},
		async newest(room) {
			const row: { readonly sequence: number } | undefined = await db(
				"archive_events",
			)
				.where({ room_id: room })
				.whereNotNull("sequence")
				.orderBy("sequence", "desc")
				.first("sequence");
			return row?.sequence ?? 0;
		},
		async between(room, first, last, whole) {
			const rows: readonly (EventRow & { at: number; sequence: number })[] =
				await db("archive_events")
					.select(
						whole
							? [...eventColumns, "at", "sequence"]
							: ["position", "at", "sequence"],
					)
					.where({ room_id: room })
					.whereBetween("sequence", [first, last])
					.orderBy("sequence");
			return rows.map((row) => ({
				position: row.position,
				sequence: row.sequence,
				at: new Date(row.at),
				...(whole && { event: archivedEvent(row) }),
			}));
		},
		async setAside(adapter, first, last) {
			const positions: readonly number[] = await db("archive_parked")
				.where({ adapter })
				.whereBetween("position", [first, last])
				.pluck("position");
			return positions;
		},
	};
}
