/** The way of a search through its rooms: room after room in the order of the question, each from its newest (or oldest) end on. */
import type { Knex } from "knex";
import type { RoomId } from "../rooms/types.ts";
import { type Span, spansOf } from "./message-page.ts";
import type { MessageQuery } from "./store.ts";
import { type Block, blockMessages, blockOf } from "./tokens.ts";

/** What of a block comes into question, `first <= sequence <= last`. */
export interface Stretch extends Span, Block {
	readonly room: RoomId;
}

export interface Place {
	/** Of the rooms asked about. */
	readonly index: number;
	/** Where to go on in the room; at its end when there is none. */
	readonly at?: number | undefined;
}

export interface Course {
	/**
	 * The next stretches from there: about so many messages in all, in whole blocks, and at most so many stretches;
	 * none at the end. `next` is behind them.
	 */
	ahead(
		from: Place,
		most: { readonly messages: number; readonly stretches: number },
	): Promise<{
		readonly stretches: readonly Stretch[];
		readonly next: Place;
	}>;
}

/** Rooms whose spans are found out by one statement. */
const maxSpans = 64;

/** What is `passed` is left out from there on. */
export function searchCourse(
	db: Knex,
	query: MessageQuery,
	passed: (room: RoomId) => boolean,
): Course {
	const { newestFirst, rooms, from, to, start } = query;
	const spans: Span[] = [];
	const asked = {
		newestFirst,
		from,
		to,
		[newestFirst ? "belowSequence" : "aboveSequence"]: start,
	};
	const spanAt = async (index: number): Promise<Span | undefined> => {
		if (index >= spans.length && index < rooms.length) {
			const more = Math.min(maxSpans, 1 + 3 * spans.length);
			const some = rooms.slice(spans.length, spans.length + more);
			spans.push(...(await spansOf(db, some, asked)));
		}
		return spans[index];
	};
	return {
		async ahead(place, most) {
			const stretches: Stretch[] = [];
			let { index, at } = place;
			let left = most.messages;
			while (left > 0 && stretches.length < most.stretches) {
				const span = await spanAt(index);
				if (span === undefined) break;
				at ??= newestFirst ? span.last : span.first;
				if (passed(span.room) || at < span.first || at > span.last) {
					index += 1;
					at = undefined;
					continue;
				}
				const stretch = stretchAt(span, at, newestFirst);
				stretches.push(stretch);
				left -= stretch.last - stretch.first + 1;
				at = newestFirst ? stretch.first - 1 : stretch.last + 1;
			}
			return { stretches, next: { index, at } };
		},
	};
}

/** To the end of the block. */
function stretchAt(
	{ room, ...span }: Span,
	at: number,
	newestFirst: boolean,
): Stretch {
	const block = blockOf(at);
	const first = Math.max(span.first, block * blockMessages + 1);
	const last = Math.min(span.last, (block + 1) * blockMessages);
	return newestFirst
		? { room, block, first, last: at }
		: { room, block, first: at, last };
}
