/** Asks the full-text index (`message-index.ts`) which messages come into question: FTS5 on SQLite, FULLTEXT on MySQL and MariaDB. */
import type { Knex } from "knex";
import type { RoomId } from "../rooms/types.ts";
import { isSqlite } from "./database.ts";
import type { Span } from "./message-page.ts";
import { type Block, tokenIn } from "./tokens.ts";

/** One of these, each of them terms (`tokens.ts`) that a message must all have. */
export type Need = readonly (readonly string[])[];

export interface Candidate {
	readonly room_id: RoomId;
	readonly sequence: number;
}

export interface CandidateBounds {
	readonly newestFirst: boolean;
	/** `aboveSequence < sequence < belowSequence`. */
	readonly aboveSequence?: number | undefined;
	readonly belowSequence?: number | undefined;
	/** Only what is in one of these. */
	readonly within?: readonly Span[] | undefined;
	readonly limit: number;
}

/**
 * Messages there that have what all the needs, at least one, ask for; rarely one that has not, or is elsewhere. By sequence.
 * MariaDB takes least time when the rarest need is the first.
 */
export async function candidatesIn(
	db: Knex,
	blocks: readonly Block[],
	needs: readonly Need[],
	bounds: CandidateBounds,
): Promise<readonly Candidate[]> {
	const order = bounds.newestFirst ? "desc" : "asc";
	const words = expression(languageOf(db), blocks, needs);
	const query = isSqlite(db)
		? db("message_tokens")
				.joinRaw("cross join message_index as i on i.id = message_tokens.rowid")
				.whereRaw("message_tokens match ?", [words])
				.orderBy("message_tokens.rowid", order)
		: db({ i: "message_index" })
				.whereRaw("match (i.tokens) against (? in boolean mode)", [words])
				.orderBy("i.sequence", order);
	const { aboveSequence, belowSequence, within } = bounds;
	if (aboveSequence !== undefined) {
		query.where("i.sequence", ">", aboveSequence);
	}
	if (belowSequence !== undefined) {
		query.where("i.sequence", "<", belowSequence);
	}
	if (within !== undefined) {
		query.where((asked) => {
			for (const { room, first, last } of within) {
				asked.orWhere((one) =>
					one
						.where("i.room_id", room)
						.whereBetween("i.sequence", [first, last]),
				);
			}
		});
	}
	return query.limit(bounds.limit).select("i.room_id", "i.sequence");
}

/** How many messages there have what each of the needs asks for. */
export async function countsIn(
	db: Knex,
	block: Block,
	needs: readonly Need[],
): Promise<readonly number[]> {
	const counts = needs.map((need, index) => {
		const words = expression(languageOf(db), [block], [need]);
		const query = isSqlite(db)
			? db("message_tokens").whereRaw("message_tokens match ?", [words])
			: db("message_index").whereRaw(
					"match (tokens) against (? in boolean mode)",
					[words],
				);
		return query.count({ count: "*" }).as(`need${index}`);
	});
	const [row]: readonly Readonly<Record<string, number>>[] =
		await db.select(counts);
	return needs.map((_, index) => Number(row?.[`need${index}`] ?? 0));
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

function languageOf(db: Knex): Language {
	return isSqlite(db) ? fts5 : fulltext;
}

function group(parts: readonly string[], between: string): string {
	return parts.length === 1 ? (parts[0] ?? "") : `(${parts.join(between)})`;
}

function required(part: string): string {
	return `+${part}`;
}

function expression(
	{ all, any }: Language,
	blocks: readonly Block[],
	needs: readonly Need[],
): string {
	return any(
		blocks.map((block) => {
			const token = tokenIn(block);
			return all(
				needs.map((need) => any(need.map((one) => all(one.map(token))))),
			);
		}),
	);
}
