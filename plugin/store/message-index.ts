/**
 * The full-text index of messages: FTS5 on SQLite (`message_tokens`, numbered by `message_index`), FULLTEXT on MySQL and MariaDB
 * (`message_index`). Written by the transaction that writes the message. What it holds is made in `tokens.ts`.
 */
import type { Knex } from "knex";
import type { RoomId, UserUri } from "../rooms/types.ts";
import type { Phrase } from "../rooms/words.ts";
import { isSqlite } from "./database.ts";
import { inChunks } from "./rows.ts";
import { authorToken, phraseTokens, tokensOf } from "./tokens.ts";

export interface Indexed {
	readonly room: string;
	readonly sequence: number;
	/** URI. */
	readonly author: string;
	readonly text: string;
}

/** A part of a room's sequence; see `tokens.ts`. */
export interface Block {
	readonly room: RoomId;
	readonly block: number;
}

export interface Criteria {
	readonly phrases: readonly Phrase[];
	readonly match: "all" | "any";
	/** By one of them. */
	readonly authors?: readonly UserUri[] | undefined;
}

/** What there was of the same messages before is gone then. */
export async function addToIndex(
	db: Knex,
	messages: readonly Indexed[],
): Promise<void> {
	await inChunks(messages, async (some) => {
		if (isSqlite(db)) await addToFts5(db, some);
		else await addToFulltext(db, some);
	});
}

async function addToFulltext(
	db: Knex,
	messages: readonly Indexed[],
): Promise<void> {
	const rows = messages.map((message) => ({
		room_id: message.room,
		sequence: message.sequence,
		tokens: tokensOf(message),
	}));
	await db("message_index")
		.insert(rows)
		.onConflict(["room_id", "sequence"])
		.merge(["tokens"]);
}

/** In each room the numbers go up with the sequence: what is indexed again keeps its own. */
async function addToFts5(
	db: Knex,
	messages: readonly Indexed[],
): Promise<void> {
	const places = messages.map(({ room, sequence }) => [room, sequence]);
	await db("message_index")
		.insert(messages.map(({ room, sequence }) => ({ room_id: room, sequence })))
		.onConflict(["room_id", "sequence"])
		.ignore();
	const rows: readonly { id: number; room_id: string; sequence: number }[] =
		await db("message_index").whereIn(["room_id", "sequence"], places);
	const ids = new Map(
		rows.map(({ id, room_id, sequence }) => [`${room_id} ${sequence}`, id]),
	);
	await db("message_tokens")
		.whereIn("rowid", [...ids.values()])
		.delete();
	await db("message_tokens").insert(
		messages.map((message) => ({
			rowid: ids.get(`${message.room} ${message.sequence}`),
			tokens: tokensOf(message),
		})),
	);
}

/** Some messages of a room, or all of them. */
export async function removeFromIndex(
	db: Knex,
	room: string,
	sequences?: readonly number[],
): Promise<void> {
	const remove = async (some?: readonly number[]) => {
		const rows = () => {
			const query = db("message_index").where({ room_id: room });
			return some === undefined ? query : query.whereIn("sequence", some);
		};
		if (isSqlite(db)) {
			await db("message_tokens").whereIn("rowid", rows().select("id")).delete();
		}
		await rows().delete();
	};
	if (sequences === undefined) await remove();
	else await inChunks(sequences, remove);
}

export interface Candidate {
	readonly room_id: RoomId;
	readonly sequence: number;
}

export interface CandidateBounds {
	readonly newestFirst: boolean;
	/** `aboveSequence < sequence < belowSequence`. */
	readonly aboveSequence?: number | undefined;
	readonly belowSequence?: number | undefined;
	readonly limit: number;
}

/** Messages of these blocks that have the tokens: all that fit the criteria, and rarely one that does not. By sequence. */
export async function candidatesIn(
	db: Knex,
	blocks: readonly Block[],
	criteria: Criteria,
	bounds: CandidateBounds,
): Promise<readonly Candidate[]> {
	const order = bounds.newestFirst ? "desc" : "asc";
	const query = isSqlite(db)
		? db("message_tokens")
				.joinRaw("cross join message_index as i on i.id = message_tokens.rowid")
				.whereRaw("message_tokens match ?", [
					expression(fts5, blocks, criteria),
				])
				.orderBy("message_tokens.rowid", order)
		: db({ i: "message_index" })
				.whereRaw("match (i.tokens) against (? in boolean mode)", [
					expression(fulltext, blocks, criteria),
				])
				.orderBy("i.sequence", order);
	const { aboveSequence, belowSequence } = bounds;
	if (aboveSequence !== undefined) {
		query.where("i.sequence", ">", aboveSequence);
	}
	if (belowSequence !== undefined) {
		query.where("i.sequence", "<", belowSequence);
	}
	const rows: readonly Candidate[] = await query
		.limit(bounds.limit)
		.select("i.room_id", "i.sequence");
	const asked = new Set<string>(blocks.map(({ room }) => room));
	return rows.filter(({ room_id }) => asked.has(room_id));
}

interface Language {
	all(parts: readonly string[]): string;
	any(parts: readonly string[]): string;
}

const fts5: Language = {
	all: (parts) => group(parts, " AND "),
	any: (parts) => group(parts, " OR "),
};

const fulltext: Language = {
	all: (parts) => group(parts.length < 2 ? parts : parts.map(required), " "),
	any: (parts) => group(parts, " "),
};

function group(parts: readonly string[], between: string): string {
	return parts.length === 1 ? (parts[0] ?? "") : `(${parts.join(between)})`;
}

function required(part: string): string {
	return `+${part}`;
}

function expression(
	{ all, any }: Language,
	blocks: readonly Block[],
	{ phrases, match, authors }: Criteria,
): string {
	return any(
		blocks.map(({ room, block }) => {
			const said = phrases.map((phrase) =>
				all(phraseTokens(room, block, phrase)),
			);
			const by = authors?.map((author) => authorToken(room, block, author));
			return all([
				...(match === "all" ? said : said.length > 0 ? [any(said)] : []),
				...(by === undefined ? [] : [any(by)]),
			]);
		}),
	);
}
