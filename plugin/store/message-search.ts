/**
 * Finds messages by words, authors and dates. A search goes its way through the rooms (`search-course.ts`), a block first and then
 * more and more at once as long as it finds little; asks the index for what is worth it (`search-needs.ts`); and holds
 * what that proposes against the text (`search-tallies.ts`). It ends when it has found enough, or has taken too long.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Knex } from "knex";
import type { RoomId } from "../rooms/types.ts";
import { phraseOf, unitsOf } from "../rooms/words.ts";
import { isSqlite } from "./database.ts";
import {
	type Candidate,
	candidatesIn,
	type Need,
} from "./message-candidates.ts";
import { readPage, type Span } from "./message-page.ts";
import { type Place, type Stretch, searchCourse } from "./search-course.ts";
import { type Criteria, needsOf, termsIn, worthwhile } from "./search-needs.ts";
import { createTallies, type Tallies } from "./search-tallies.ts";
import type { MessageQuery, MessageSearch, MessagesFound } from "./store.ts";
import { blockMessages, blockOf } from "./tokens.ts";

/** Looked up together: stretches, and tokens in all. */
const maxStretches = 256;
const maxTokens = 1_500;
/** Of several rooms at once; if there are more, fewer messages are looked through together. */
const maxCandidates = 400;
/** Once so few were proposed, more messages are looked through together; once so many, fewer. */
const fewCandidates = 50;
const manyCandidates = 200;
/** How often a need is met is counted among so many messages at least. */
const minSample = 256;
/** A question that finds little in much: it says that it was cut. */
const maxSearchMs = 1_500;
/** One statement should not take longer. SQLite holds up everything else meanwhile. */
const statementMs = { sqlite: 15, mysql: 60 };

export function messageSearch(db: Knex): MessageSearch {
	return {
		search: (query) => search(db, query),
		unitsOf: (text) => unitsOf(text, false),
	};
}

interface Search {
	readonly db: Knex;
	readonly query: MessageQuery;
	readonly tallies: Tallies;
	readonly giveUpAt: number;
	/** It gave up. */
	late: boolean;
}

async function search(db: Knex, query: MessageQuery): Promise<MessagesFound> {
	if (query.authors?.length === 0) return { rooms: [], cut: false };
	const criteria: Criteria = {
		phrases: query.phrases.map((phrase) => phraseOf(phrase, query.matchCase)),
		match: query.match,
		authors: query.authors,
	};
	const searching: Search = {
		db,
		query,
		tallies: createTallies(query, criteria),
		giveUpAt: performance.now() + maxSearchMs,
		late: false,
	};
	const needs = needsOf(criteria);
	if (needs.length > 0) await searchIndex(searching, needs);
	else await searchTimes(searching);
	return searching.tallies.conclude(searching.late);
}

/** Time for others, then whether to go on. */
async function goesOn(searching: Search): Promise<boolean> {
	if (searching.tallies.isEnough()) return false;
	searching.late = performance.now() > searching.giveUpAt;
	await nextTurn();
	return !searching.late;
}

async function searchIndex(
	searching: Search,
	all: readonly Need[],
): Promise<void> {
	const { db, query, tallies } = searching;
	const course = searchCourse(db, query, tallies.isFull);
	const longMs = isSqlite(db) ? statementMs.sqlite : statementMs.mysql;
	let place: Place = { index: 0 };
	let messages = blockMessages;
	let needs = all;
	let weighed = all.length === 1;
	for (;;) {
		const { stretches, next } = await course.ahead(place, {
			messages,
			stretches: widest(needs),
		});
		if (stretches.length === 0) return;
		const began = performance.now();
		const verdict = await lookUp(searching, stretches, needs);
		const took = performance.now() - began;
		if (verdict !== "too many") place = next;
		if (!(await goesOn(searching))) return;
		const looked = stretches.reduce((sum, each) => sum + sizeOf(each), 0);
		if (verdict === "few" && took < longMs) {
			messages = Math.max(blockMessages, looked * 4);
		} else if (verdict !== "some") {
			// In the end it is one room alone, of which there are never too many.
			messages = Math.max(1, Math.floor(looked / 4));
		}
		if (verdict.endsWith("many") && needs.length < all.length) {
			needs = all;
			weighed = false;
		} else if (verdict === "few" && !weighed) {
			const weighing = await weigh(searching, stretches, all);
			needs = weighing ?? all;
			weighed = weighing !== undefined;
		}
	}
}

function sizeOf({ first, last }: Stretch): number {
	return last - first + 1;
}

function widest(needs: readonly Need[]): number {
	const most = Math.floor(maxTokens / termsIn(needs));
	return Math.max(1, Math.min(maxStretches, most));
}

/** By the longest of the stretches, if it is long enough. */
async function weigh(
	{ db }: Search,
	stretches: readonly Stretch[],
	needs: readonly Need[],
): Promise<readonly Need[] | undefined> {
	const longest = stretches.reduce((one, other) =>
		sizeOf(other) > sizeOf(one) ? other : one,
	);
	const block = blockOf(longest.last);
	const messages = longest.last - block * blockMessages;
	if (messages < minSample) return undefined;
	const sample = { room: longest.room, block };
	return worthwhile(db, needs, sample, messages);
}

/** `too many`: from several rooms at once, nothing was taken of it. */
type Verdict = "few" | "some" | "many" | "too many";

async function lookUp(
	searching: Search,
	stretches: readonly Stretch[],
	needs: readonly Need[],
): Promise<Verdict> {
	const [first] = stretches;
	if (first === undefined) return "few";
	if (stretches.every(({ room }) => room === first.room)) {
		return lookUpInRoom(searching, first.room, stretches, needs);
	}
	const { db, query, tallies } = searching;
	const limit = maxCandidates + 1;
	const spans = spansOfRooms(stretches);
	const dated = query.from !== undefined || query.to !== undefined;
	const candidates = await candidatesIn(db, stretches, needs, {
		newestFirst: query.newestFirst,
		limit,
		// Else they are hardly less than what is looked up.
		...(dated && { within: [...spans.values()] }),
	});
	if (candidates.length >= limit) return "too many";
	await tallies.take(db, inside(spans, candidates));
	return verdictOn(candidates);
}

function verdictOn({ length }: readonly Candidate[]): Verdict {
	if (length <= fewCandidates) return "few";
	return length < manyCandidates ? "some" : "many";
}

/** The stretches of one room follow one another. */
function spansOfRooms(
	stretches: readonly Stretch[],
): ReadonlyMap<RoomId, Span> {
	const spans = new Map<RoomId, Span>();
	for (const { room, first, last } of stretches) {
		const other = spans.get(room) ?? { first, last };
		spans.set(room, {
			room,
			first: Math.min(other.first, first),
			last: Math.max(other.last, last),
		});
	}
	return spans;
}

/** A block is looked up whole; and two of them may share a token. */
function inside(
	spans: ReadonlyMap<RoomId, Span>,
	candidates: readonly Candidate[],
): readonly Candidate[] {
	return candidates.filter(({ room_id, sequence }) => {
		const span = spans.get(room_id);
		return span && span.first <= sequence && sequence <= span.last;
	});
}

/** Page after page until the room has enough: of what the index proposes, some may not fit. */
async function lookUpInRoom(
	searching: Search,
	room: RoomId,
	stretches: readonly Stretch[],
	needs: readonly Need[],
): Promise<Verdict> {
	const { db, query, tallies } = searching;
	const { newestFirst } = query;
	const spans = spansOfRooms(stretches);
	const span = spans.get(room);
	let aboveSequence = (span?.first ?? 1) - 1;
	let belowSequence = (span?.last ?? 0) + 1;
	for (;;) {
		const limit = Math.max(50, tallies.mostInRoom + 1 - tallies.found(room));
		const candidates = await candidatesIn(db, stretches, needs, {
			newestFirst,
			aboveSequence,
			belowSequence,
			limit,
		});
		await tallies.take(db, inside(spans, candidates));
		if (tallies.isFull(room)) return "many";
		const last = candidates.at(-1)?.sequence;
		if (last === undefined || candidates.length < limit) {
			return verdictOn(candidates);
		}
		if (newestFirst) belowSequence = last;
		else aboveSequence = last;
		if (!(await goesOn(searching))) return "many";
	}
}

/** Without words or authors: by time alone, in the order of the rooms. */
async function searchTimes(searching: Search): Promise<void> {
	const { db, query, tallies } = searching;
	const { newestFirst, from, to, start } = query;
	for (const room of query.rooms) {
		const page = {
			newestFirst,
			from,
			to,
			[newestFirst ? "belowSequence" : "aboveSequence"]: start,
			limit: tallies.mostInRoom + 1,
		};
		for (const found of await readPage(db, room, page)) tallies.count(found);
		if (!(await goesOn(searching))) return;
	}
}
