/** What the log shows of a room, row by row: days, what is new, messages, notes, ours on their way. */
import { discard, postAgain } from "../model/posting.ts";
import type { RoomState, State } from "../model/state.ts";
import type { Item } from "../model/timeline.ts";
import { sameDay } from "../words.ts";
import { dayRow, messageRow, newRow, noteRow, outgoingRow } from "./message.ts";

/** Whose messages follow one another sooner is named once. */
const sameSpeechMs = 5 * 60_000;

/** The row of this key as it was made before, unless it was made of something else. */
export type Keep = (
	key: string,
	of: string,
	make: () => HTMLElement,
) => HTMLElement;

export function rowsOf(
	state: State,
	room: RoomState,
	keep: Keep,
): HTMLElement[] {
	const rows: HTMLElement[] = [];
	let before: Item | undefined;
	for (const item of room.timeline.items) {
		const at = atOf(item);
		const isNewDay = before === undefined || !sameDay(atOf(before), at);
		if (isNewDay) {
			const date = at.toDateString();
			rows.push(
				keep(`day ${date}`, new Date().toDateString(), () => dayRow(at)),
			);
		}
		const isFirstNew = isNew(room, item) && !isNew(room, before);
		if (isFirstNew && before) rows.push(keep("new", "", newRow));
		const isFollowing = follows(before, item) && !isNewDay && !isFirstNew;
		rows.push(itemRow(state, room, item, isFollowing, keep));
		before = item;
	}
	const actions = {
		again: (id: number) => void postAgain(state, room, id),
		discard: (id: number) => discard(state, room, id),
	};
	for (const message of room.outgoing) {
		// Where one reads back, only what is stuck is in the way.
		if (room.timeline.newer && message.stage === "sending") continue;
		const of = `${message.stage} ${message.why}`;
		rows.push(
			keep(`out ${message.id}`, of, () =>
				outgoingRow(message, state.me, actions),
			),
		);
	}
	return rows;
}

function itemRow(
	{ me }: State,
	room: RoomState,
	item: Item,
	isFollowing: boolean,
	keep: Keep,
): HTMLElement {
	if (item.kind === "note") return keep(item.key, "", () => noteRow(item));
	const sought =
		room.sought !== undefined && item.message.sequence === room.sought;
	const of = `${isFollowing} ${sought} ${item.fate}`;
	return keep(item.key, of, () =>
		messageRow(item, me, { follows: isFollowing, sought }),
	);
}

const atOf = (item: Item): Date =>
	item.kind === "note" ? item.at : item.message.at;

function isNew({ readUpTo }: RoomState, item: Item | undefined): boolean {
	if (readUpTo === undefined || item?.kind !== "message") return false;
	return (item.message.sequence ?? 0) > readUpTo;
}

function follows(before: Item | undefined, item: Item): boolean {
	if (before?.kind !== "message" || item.kind !== "message") return false;
	const { message: first } = before;
	const { message: second } = item;
	return (
		first.author.uri === second.author.uri &&
		!second.alert &&
		second.at.getTime() - first.at.getTime() < sameSpeechMs
	);
}
