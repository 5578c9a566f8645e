/**
 * Finds messages by words, authors and dates. Room after room, and in each room block after block from its newest (or oldest)
 * end on: a common word is found at once and the rest never looked at; for a rare one many blocks are looked up together.
 * What the index proposes is checked against the text. A question ends when it has found enough, or has taken too long.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Knex } from "knex";
import type { Message, RoomId } from "../rooms/types.ts";
import { phraseOf, phrasesIn, unitsOf } from "../rooms/words.ts";
import {
	type Block,
	type Candidate,
	type Criteria,
	candidatesIn,
} from "./message-index.ts";
import { readPage, type Span, type SpanAsked, spanOf } from "./message-page.ts";
import { type MessageRow, message } from "./message-rows.ts";
import { inChunks } from "./rows.ts";
import type {
	MessageQuery,
	MessageSearch,
	MessagesFound,
	RoomFound,
} from "./store.ts";
import { blockOf, maxPairs } from "./tokens.ts";

/** Counted in one room, unless more are asked for. */
const countedInRoom = 200;
/** Counted in all, unless more are asked for. */
const countedInAll = 1_000;
/** Looked up together: blocks, and tokens in all. */
const maxBlocks = 256;
const maxTokens = 1_500;
/** Of several rooms at once; more of them and each room is asked by itself. */
const maxCandidates = 400;
/** A question that finds little in much: it says that it was cut. */
const maxSearchMs = 1_500;
/** One statement should not take longer: SQLite holds up everything else meanwhile. */
const statementMs = 15;
/** So long texts are looked through until others have their turn. */
const turnMs = 5;

export function messageSearch(db: Knex): MessageSearch {
	return {
		search: (query) => search(db, query),
		unitsOf: (text) => unitsOf(text, false),
	};
}

/** What has been found in one room. */
interface Tally {
	readonly room: RoomId;
	readonly found: Message[];
	/** No more is counted here. */
	full: boolean;
}

interface Search {
	readonly db: Knex;
	readonly query: MessageQuery;
	readonly criteria: Criteria;
	readonly tallies: ReadonlyMap<RoomId, Tally>;
	readonly mostInRoom: number;
	readonly mostInAll: number;
	/** What of each room comes into question, once that is known. */
	readonly spans: Map<RoomId, Span>;
	readonly giveUpAt: number;
	/** It gave up. */
	late: boolean;
}

async function search(db: Knex, query: MessageQuery): Promise<MessagesFound> {
	if (query.authors?.length === 0) return { rooms: [], cut: false };
	const searching: Search = {
		db,
		query,
		criteria: {
			phrases: query.phrases.map((phrase) => phraseOf(phrase, query.matchCase)),
			match: query.match,
			authors: query.authors,
		},
		tallies: new Map(
			query.rooms.map(({ id }) => [id, { room: id, found: [], full: false }]),
		),
		mostInRoom: Math.max(query.limitPerRoom, countedInRoom),
		mostInAll: Math.max(query.limit, countedInAll),
		spans: new Map(),
		giveUpAt: performance.now() + maxSearchMs,
		late: false,
	};
	if (query.phrases.length > 0 || query.authors !== undefined) {
		await searchIndex(searching);
	} else {
		await searchTimes(searching);
	}
	return conclude(searching);
}

function conclude({ query, tallies, late, ...most }: Search): MessagesFound {
	let left = query.limit;
	let cut = late || countAll(tallies) >= most.mostInAll;
	const rooms: RoomFound[] = [];
	for (const { room, found, full } of tallies.values()) {
		if (found.length === 0) continue;
		const messages = found.slice(0, Math.min(left, query.limitPerRoom));
		left -= messages.length;
		cut ||= full || messages.length < found.length;
		rooms.push({ room, messages, total: found.length, more: full || late });
	}
	return { rooms, cut };
}

function countAll(tallies: Search["tallies"]): number {
	let count = 0;
	for (const { found } of tallies.values()) count += found.length;
	return count;
}

/** Time for others, then whether to go on. */
async function goesOn(searching: Search): Promise<boolean> {
	if (countAll(searching.tallies) >= searching.mostInAll) return false;
	searching.late = performance.now() > searching.giveUpAt;
	await nextTurn();
	return !searching.late;
}

async function searchIndex(searching: Search): Promise<void> {
	const blocks = blocksOf(searching);
	let waiting: Block[] = [];
	const widest = widestFor(searching.criteria);
	let width = 1;
	let next = await blocks.next();
	while (waiting.length > 0 || !next.done) {
		while (waiting.length < width && !next.done) {
			waiting.push(next.value);
			next = await blocks.next();
		}
		waiting = waiting.filter(({ room }) => !tallyOf(searching, room).full);
		const some = waiting.slice(0, width);
		const began = performance.now();
		const verdict = some.length > 0 ? await lookUp(searching, some) : "few";
		const took = performance.now() - began;
		if (verdict !== "too many") waiting = waiting.slice(some.length);
		if (!(await goesOn(searching))) return;
		const wider = verdict === "few" && took < statementMs;
		width = wider
			? Math.min(width * 4, widest)
			: Math.max(1, Math.floor(width / 4));
	}
}

function widestFor({ phrases, authors = [] }: Criteria): number {
	let tokens = authors.length;
	for (const { units } of phrases) tokens += Math.min(units.length, maxPairs);
	return Math.max(1, Math.min(maxBlocks, Math.floor(maxTokens / tokens)));
}

/** Where there may be something, in the order of the question. */
async function* blocksOf(searching: Search): AsyncGenerator<Block, undefined> {
	const { newestFirst, rooms } = searching.query;
	for (const room of rooms) {
		const { id } = room;
		const span = await spanOf(searching.db, room, spanAsked(searching.query));
		searching.spans.set(id, span);
		const [low, high] = [blockOf(span.first), blockOf(span.last)];
		for (let count = 0; count <= high - low; count++) {
			if (tallyOf(searching, id).full) break;
			yield { room: id, block: newestFirst ? high - count : low + count };
		}
	}
	return undefined;
}

/** `too many`: from several rooms at once, nothing was taken of it. */
async function lookUp(
	searching: Search,
	blocks: readonly Block[],
): Promise<"few" | "many" | "too many"> {
	const [first] = blocks;
	if (first === undefined) return "few";
	const alone = blocks.every(({ room }) => room === first.room);
	if (alone) return lookUpInRoom(searching, first.room, blocks);
	const limit = maxCandidates + 1;
	const candidates = await ask(searching, blocks, { limit });
	if (candidates.length >= limit) return "too many";
	await take(searching, candidates);
	return candidates.length > maxCandidates / 8 ? "many" : "few";
}

/** Page after page until the room has enough: of what the index proposes, some may not fit. */
async function lookUpInRoom(
	searching: Search,
	room: RoomId,
	blocks: readonly Block[],
): Promise<"few" | "many"> {
	const tally = tallyOf(searching, room);
	let last: number | undefined;
	for (;;) {
		const limit = Math.max(50, searching.mostInRoom + 1 - tally.found.length);
		const candidates = await ask(searching, blocks, { limit, room, last });
		await take(searching, candidates);
		last = candidates.at(-1)?.sequence;
		if (tally.full) return "many";
		if (candidates.length < limit) {
			return candidates.length > limit / 4 ? "many" : "few";
		}
		if (!(await goesOn(searching))) return "many";
	}
}

/** Times are bounds of the sequence here, and looked at when a message is read. */
function ask(
	{ db, criteria, query, spans }: Search,
	blocks: readonly Block[],
	{
		limit,
		room,
		last,
	}: {
		readonly limit: number;
		/** Where all the blocks are. */
		readonly room?: RoomId;
		/** Only what comes behind it. */
		readonly last?: number | undefined;
	},
): Promise<readonly Candidate[]> {
	const { newestFirst } = query;
	const span = room && spans.get(room);
	return candidatesIn(db, blocks, criteria, {
		newestFirst,
		limit,
		...(span && {
			aboveSequence: span.first - 1,
			belowSequence: span.last + 1,
		}),
		...(last !== undefined && {
			[newestFirst ? "belowSequence" : "aboveSequence"]: last,
		}),
	});
}

/** Reads the candidates, and counts those that fit until their room has enough. */
async function take(
	searching: Search,
	candidates: readonly Candidate[],
): Promise<void> {
	const { db, query } = searching;
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
	const step = query.newestFirst ? -1 : 1;
	rows.sort((one, other) => step * (one.sequence - other.sequence));
	let turnAt = performance.now();
	for (const row of rows) {
		const found = message(row);
		if (fits(found, searching)) count(searching, found);
		if (performance.now() - turnAt < turnMs) continue;
		await nextTurn();
		turnAt = performance.now();
	}
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

function count(searching: Search, message: Message): void {
	const tally = tallyOf(searching, message.room);
	if (tally.found.length < searching.mostInRoom) tally.found.push(message);
	else tally.full = true;
}

function fits(message: Message, { criteria, query }: Search): boolean {
	const { phrases, match, authors } = criteria;
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

/** Without words or authors: by time alone, in the order of the rooms. */
async function searchTimes(searching: Search): Promise<void> {
	const { db, query, mostInRoom } = searching;
	for (const room of query.rooms) {
		const limit = mostInRoom + 1;
		const page = { ...spanAsked(query), limit };
		for (const found of await readPage(db, room, page)) {
			count(searching, found);
		}
		if (!(await goesOn(searching))) return;
	}
}

function spanAsked({ newestFirst, start, from, to }: MessageQuery): SpanAsked {
	return {
		newestFirst,
		from,
		to,
		[newestFirst ? "belowSequence" : "aboveSequence"]: start,
	};
}

function tallyOf({ tallies }: Search, room: RoomId): Tally {
	const tally = tallies.get(room);
	if (tally === undefined) throw new Error(`Room ${room} was not asked for`);
	return tally;
}
