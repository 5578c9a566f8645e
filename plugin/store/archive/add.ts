/** Appending to the archive: positions, chains and who is where, each event once. */
import type { Knex } from "knex";
import type { Owed, Parking, Turn } from "../../compliance/archive.ts";
import { archiving, reasonToSetAside } from "../../compliance/archiving.ts";
import { archiveHash, chainHash, noHash } from "../../compliance/chain.ts";
import { isSqlite } from "../database.ts";
import { inChunks, insertAll } from "../rows.ts";
import { attend } from "./attendance.ts";
import { takeTurn } from "./leases.ts";
import { park } from "./parked.ts";

interface Chain {
	readonly room_id: string;
	number: number;
	hash: string;
	/** Of its newest event. */
	position: number;
}

interface Head {
	readonly position: number;
	readonly hash: string;
	readonly begun_at: number;
}

/** An event that has its position. */
export interface Placed extends Owed {
	readonly position: number;
}

export async function addEvents(
	tx: Knex,
	events: readonly Owed[],
	turn: Turn,
): Promise<void> {
	await takeTurn(tx, turn);
	const head = await lockHead(tx);
	const known = await knownAmong(tx, events);
	const placed: Placed[] = [];
	for (const event of events) {
		if (known.has(event.record.id)) continue;
		known.add(event.record.id);
		placed.push({ ...event, position: head.position + placed.length + 1 });
	}
	if (placed.length === 0) return;
	const chains = await chainsOf(tx, placed);
	let { hash } = head;
	const rows = placed.map((event) => {
		const linked = link(chains, event);
		hash = archiveHash(hash, { chain: chainOf(event), ...linked });
		return rowOf(event, linked);
	});
	await insertAll(tx, "archive_events", rows);
	await keepChains(tx, [...chains.values()]);
	await attend(tx, placed);
	await park(tx, archiving, notWhole(placed), new Date());
	await tx("archive_head")
		.where({ id: 1 })
		.update({
			position: head.position + placed.length,
			hash,
			...(head.position === 0 && begunWith(placed, head.begun_at)),
		});
}

function notWhole(events: readonly Placed[]): readonly Parking[] {
	return events.flatMap(({ record, position }) => {
		const reason = reasonToSetAside(record);
		return reason === undefined ? [] : [{ position, event: record.id, reason }];
	});
}

/** What is owed may be older than the archive: it is from the first of it on that everything is here. */
function begunWith(first: readonly Placed[], begun: number) {
	const times = first.map(({ record }) => Date.parse(record.at));
	return { begun_at: Math.min(begun, ...times) };
}

/** Whoever comes after waits until this transaction has ended: a position that can be read has no lower one still to come. */
async function lockHead(tx: Knex): Promise<Head> {
	const query = tx("archive_head").where({ id: 1 });
	if (!isSqlite(tx)) query.forUpdate();
	const row: Head | undefined = await query.first(
		"position",
		"hash",
		"begun_at",
	);
	if (row === undefined) throw new Error("The archive has lost its head");
	return row;
}

async function knownAmong(
	tx: Knex,
	events: readonly Owed[],
): Promise<Set<string>> {
	const known = new Set<string>();
	const ids = events.map(({ record }) => record.id);
	await inChunks(ids, async (some) => {
		const found: readonly string[] = await tx("archive_events")
			.whereIn("event_id", some)
			.pluck("event_id");
		for (const id of found) known.add(id);
	});
	return known;
}

function chainOf({ record }: Owed): string {
	return record.room?.id ?? "";
}

async function chainsOf(
	tx: Knex,
	events: readonly Owed[],
): Promise<Map<string, Chain>> {
	const rooms = [...new Set(events.map(chainOf))];
	const chains = new Map(
		rooms.map((room_id) => [
			room_id,
			{ room_id, number: 0, hash: noHash, position: 0 },
		]),
	);
	await inChunks(rooms, async (some) => {
		const found: readonly Chain[] = await tx("archive_chains")
			.whereIn("room_id", some)
			.select("room_id", "number", "hash", "position");
		for (const chain of found) chains.set(chain.room_id, { ...chain });
	});
	return chains;
}

interface Link {
	readonly number: number;
	readonly previous: string;
	readonly hash: string;
}

function link(chains: ReadonlyMap<string, Chain>, event: Placed): Link {
	const chain = chains.get(chainOf(event));
	if (chain === undefined) throw new Error("An event without its chain");
	const previous = chain.hash;
	chain.number += 1;
	chain.hash = chainHash(previous, event.text);
	chain.position = event.position;
	return { number: chain.number, previous, hash: chain.hash };
}

function rowOf({ record, text, position }: Placed, linked: Link) {
	return {
		position,
		event_id: record.id,
		room_id: record.room?.id ?? "",
		...linked,
		type: record.type,
		at: Date.parse(record.at),
		sequence: record.type === "posted" ? record.message.sequence : null,
		record: text,
	};
}

async function keepChains(tx: Knex, chains: readonly Chain[]): Promise<void> {
	await inChunks(chains, async (some) => {
		await tx("archive_chains")
			.insert(
				some.map((chain) => ({
					...chain,
					pruned_number: 0,
					pruned_hash: noHash,
					pruned_sequence: 0,
				})),
			)
			.onConflict("room_id")
			.merge(["number", "hash", "position"]);
	});
}
