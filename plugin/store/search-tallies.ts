/** What a search has found: candidates are read, held against the question and counted, room by room, until there are enough. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Knex } from "knex";
import type { Message, RoomId } from "../rooms/types.ts";
import { phrasesIn } from "../rooms/words.ts";
import type { Candidate } from "./message-candidates.ts";
import { type MessageRow, message } from "./message-rows.ts";
import { inChunks } from "./rows.ts";
import type { Criteria } from "./search-needs.ts";
import type { MessageQuery, MessagesFound, RoomFound } from "./store.ts";

/** Counted in one room, unless more are asked for. */
const countedInRoom = 200;
/** Counted in all, unless more are asked for. */
const countedInAll = 1_000;
/** So long texts are looked through until others have their turn. */
const turnMs = 5;

export interface Tallies {
	/** Of each room. */
	readonly mostInRoom: number;
	/** No more is counted in this room. */
	isFull(room: RoomId): boolean;
	/** Enough in all. */
	isEnough(): boolean;
	found(room: RoomId): number;
	/** Reads them, and counts those that fit the question. */
	take(db: Knex, candidates: readonly Candidate[]): Promise<void>;
	count(message: Message): void;
	/** `late`: not everything was looked at. */
	conclude(late: boolean): MessagesFound;
}

interface Tally {
	readonly found: Message[];
	full: boolean;
}

export function createTallies(
	query: MessageQuery,
	criteria: Criteria,
): Tallies {
	const rooms = new Map<RoomId, Tally>(
		query.rooms.map(({ id }) => [id, { found: [], full: false }]),
	);
	const mostInRoom = Math.max(query.limitPerRoom, countedInRoom);
	const mostInAll = Math.max(query.limit, countedInAll);
	let inAll = 0;
	const tallyOf = (room: RoomId): Tally => {
		const tally = rooms.get(room);
		if (tally === undefined) throw new Error(`Room ${room} was not asked for`);
		return tally;
	};
	const tallies: Tallies = {
		mostInRoom,
		isFull: (room) => tallyOf(room).full,
		isEnough: () => inAll >= mostInAll,
		found: (room) => tallyOf(room).found.length,
		async take(db, candidates) {
			const rows = await readRows(db, candidates, query.newestFirst);
			let turnAt = performance.now();
			for (const row of rows) {
				const found = message(row);
				if (fits(found, query, criteria)) tallies.count(found);
				if (performance.now() - turnAt < turnMs) continue;
				await nextTurn();
				turnAt = performance.now();
			}
		},
		count(message) {
			const tally = tallyOf(message.room);
			if (tally.found.length >= mostInRoom) {
				tally.full = true;
				return;
			}
			tally.found.push(message);
			inAll += 1;
		},
		conclude(late) {
			const all = [...rooms].map(([room, tally]) => ({ room, ...tally }));
			return concluded(query, all, late, late || tallies.isEnough());
		},
	};
	return tallies;
}

function concluded(
	query: MessageQuery,
	all: readonly (Readonly<Tally> & { readonly room: RoomId })[],
	late: boolean,
	ended: boolean,
): MessagesFound {
	let left = query.limit;
	let cut = ended;
	const rooms: RoomFound[] = [];
	for (const { room, found, full } of all) {
		if (found.length === 0) continue;
		const messages = found.slice(0, Math.min(left, query.limitPerRoom));
		left -= messages.length;
		cut ||= full || messages.length < found.length;
		rooms.push({ room, messages, total: found.length, more: full || late });
	}
	return { rooms, cut };
}

async function readRows(
	db: Knex,
	candidates: readonly Candidate[],
	newestFirst: boolean,
): Promise<readonly MessageRow[]> {
	const rows: MessageRow[] = [];
	await inChunks(candidates, async (some) => {
		const found: readonly MessageRow[] = await db<MessageRow>("messages").where(
			(asked) => {
				for (const [room, sequences] of byRoom(some)) {
					asked.orWhere((one) =>
						one.where({ room_id: room }).whereIn("sequence", sequences),
					);
				}
			},
		);
		rows.push(...found);
	});
	const step = newestFirst ? -1 : 1;
	return rows.sort((one, other) => step * (one.sequence - other.sequence));
}

/** MariaDB finds no index for pairs in a list. */
function byRoom(
	candidates: readonly Candidate[],
): ReadonlyMap<RoomId, readonly number[]> {
	const rooms = new Map<RoomId, number[]>();
	for (const { room_id, sequence } of candidates) {
		const sequences = rooms.get(room_id) ?? [];
		sequences.push(sequence);
		rooms.set(room_id, sequences);
	}
	return rooms;
}

function fits(
	message: Message,
	query: MessageQuery,
	{ phrases, match, authors }: Criteria,
): boolean {
	const at = message.postedAt.getTime();
	if (query.from !== undefined && at < query.from.getTime()) return false;
	if (query.to !== undefined && at > query.to.getTime()) return false;
	if (authors !== undefined && !authors.includes(message.author.uri)) {
		return false;
	}
	if (phrases.length === 0) return true;
	const has = phrasesIn(message.text, query.matchCase);
	return match === "all" ? phrases.every(has) : phrases.some(has);
}
