/** What the index is asked for: of what a message must have, the rarest first, and what is common not at all where that is less work. */
import type { Knex } from "knex";
import type { UserUri } from "../rooms/types.ts";
import type { Phrase } from "../rooms/words.ts";
import { countsIn, type Need } from "./message-candidates.ts";
import { authorTerm, type Block, phraseTerms } from "./tokens.ts";

export interface Criteria {
	readonly phrases: readonly Phrase[];
	readonly match: "all" | "any";
	/** By one of them. */
	readonly authors?: readonly UserUri[] | undefined;
}

/** Of more needs than these the others are taken for common. */
const maxCounted = 8;
/** To read a message and look at its text takes as long as the index takes for so many messages in a list. */
const listedPerRead = 40;
/** To look up a list takes as long as to read one message of so many. */
const messagesPerRead = 2_000;

/** What every message has that meets the criteria. */
export function needsOf({
	phrases,
	match,
	authors,
}: Criteria): readonly Need[] {
	const said = phrases.map(phraseTerms);
	const needs: Need[] =
		match === "all"
			? said.flatMap((terms) => terms.map((term) => [[term]]))
			: said.length > 0
				? [said]
				: [];
	if (authors) needs.push(authors.map((author) => [authorTerm(author)]));
	return needs;
}

/** How many terms that is. */
export function termsIn(needs: readonly Need[]): number {
	return needs.flat(2).length;
}

/** As few of the needs as are worth their look-up, by how often they are met there, among so many messages. */
export async function worthwhile(
	db: Knex,
	needs: readonly Need[],
	sample: Block,
	messages: number,
): Promise<readonly Need[]> {
	const counted = needs.slice(0, maxCounted);
	const counts = await countsIn(db, sample, counted);
	const shares = needs
		.map((need, index) => ({
			need,
			share: ((counts[index] ?? messages) + 0.5) / messages,
		}))
		.sort((one, other) => one.share - other.share);
	const chosen: Need[] = [];
	let proposed = 1;
	for (const { need, share } of shares) {
		if (proposed < share / listedPerRead + 1 / messagesPerRead) break;
		chosen.push(need);
		proposed *= share;
	}
	return chosen;
}
