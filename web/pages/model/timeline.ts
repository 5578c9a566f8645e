/**
 * The messages of one room that the page holds: a window without holes, ordered by number, that grows at both ends and is cut
 * at the far one. Pure, so that it can be tested without a page.
 */
import type { ChatMessage, NumberRun } from "../../../client/browser.ts";

export interface ShownMessage {
	readonly kind: "message";
	readonly key: string;
	readonly message: ChatMessage;
	/** What an administrator did with it while we looked on. */
	readonly fate?: "deleted" | "replaced";
}

/** What happened in the room, in a sentence. */
export interface Note {
	readonly kind: "note";
	readonly key: string;
	readonly at: Date;
	readonly text: string;
}

export type Item = ShownMessage | Note;

export interface Timeline {
	readonly items: readonly Item[];
	/** There may be older ones than the first, newer ones than the last. */
	readonly older: boolean;
	readonly newer: boolean;
	readonly first: number | undefined;
	readonly last: number | undefined;
	/** A message as it is posted; false when it is beyond the window. */
	live(message: ChatMessage): boolean;
	/** The window is these, oldest first; at the end, what came since they were asked for stays behind them. */
	show(
		messages: readonly ChatMessage[],
		ends: { older: boolean; newer: boolean },
	): void;
	prepend(messages: readonly ChatMessage[], older: boolean): void;
	append(messages: readonly ChatMessage[], newer: boolean): void;
	note(text: string, at?: Date): void;
	deleted(runs: readonly NumberRun[]): void;
	replaced(runs: readonly NumberRun[], text: string): void;
	/** Numbers after `after` and before `before` are missing: the window ends there. */
	gap(before: number): void;
}

export const mostItems = 600;

export function createTimeline(): Timeline {
	let items: Item[] = [];
	let older = false;
	let newer = false;
	let newest = 0;
	let notes = 0;

	const numbers = () =>
		items.flatMap((item) =>
			item.kind === "message" ? (item.message.sequence ?? []) : [],
		);
	const last = () => numbers().at(-1);

	function held(): ReadonlySet<string> {
		return new Set(items.map(({ key }) => key));
	}

	function fresh(messages: readonly ChatMessage[]): ShownMessage[] {
		const known = held();
		for (const { sequence = 0 } of messages) {
			newest = Math.max(newest, sequence);
		}
		return messages
			.map((message) => shown(message, ++notes))
			.filter(({ key }) => !known.has(key));
	}

	function changeRuns(
		runs: readonly NumberRun[],
		change: (item: ShownMessage) => ShownMessage,
	): void {
		items = items.map((item) =>
			item.kind === "message" && isIn(runs, item.message.sequence)
				? change(item)
				: item,
		);
	}

	return {
		get items() {
			return items;
		},
		get older() {
			return older;
		},
		get newer() {
			return newer;
		},
		get first() {
			return numbers()[0];
		},
		get last() {
			return last();
		},
		live(message) {
			const added = fresh([message]);
			if (newer) return false;
			items = inOrder([...items, ...added]);
			if (items.length > mostItems) {
				items = items.slice(-mostItems);
				older = true;
			}
			return true;
		},
		show(messages, ends) {
			const end = messages.at(-1)?.sequence ?? 0;
			const since = items.filter(
				(item) => item.kind === "note" || (item.message.sequence ?? 0) > end,
			);
			items = [];
			items = [...fresh(messages), ...(ends.newer || newer ? [] : since)];
			older = ends.older;
			newer = ends.newer;
		},
		prepend(messages, isMore) {
			items = [...fresh(messages), ...items];
			older = isMore;
			if (items.length <= mostItems) return;
			items = items.slice(0, mostItems);
			newer = true;
		},
		append(messages, isMore) {
			items = inOrder([...items, ...fresh(messages)]);
			newer = isMore || (last() ?? 0) < newest;
			if (items.length <= mostItems) return;
			items = items.slice(-mostItems);
			older = true;
		},
		note(text, at = new Date()) {
			if (newer) return;
			items = [...items, { kind: "note", key: `note ${++notes}`, at, text }];
		},
		deleted(runs) {
			changeRuns(runs, (item) => ({
				...item,
				message: { ...item.message, text: "" },
				fate: "deleted",
			}));
		},
		replaced(runs, text) {
			changeRuns(runs, (item) => ({
				...item,
				message: { ...item.message, text },
				fate: "replaced",
			}));
		},
		gap(before) {
			items = items.filter(
				(item) =>
					item.kind === "message" && (item.message.sequence ?? 0) >= before,
			);
			older = true;
		},
	};
}

function shown(message: ChatMessage, serial: number): ShownMessage {
	const key =
		message.sequence === undefined ? `x${serial}` : `#${message.sequence}`;
	return { kind: "message", key, message };
}

/** Messages by number; a note stays behind what it came after. */
function inOrder(items: readonly Item[]): Item[] {
	const sorted: Item[] = [];
	for (const item of items) {
		let at = sorted.length;
		while (at > 0 && isAfter(sorted[at - 1], item)) at -= 1;
		sorted.splice(at, 0, item);
	}
	return sorted;
}

function isAfter(a: Item | undefined, b: Item): boolean {
	if (a?.kind !== "message" || b.kind !== "message") return false;
	const [first, second] = [a.message.sequence, b.message.sequence];
	return first !== undefined && second !== undefined && first > second;
}

function isIn(runs: readonly NumberRun[], sequence: number | undefined) {
	return (
		sequence !== undefined &&
		runs.some(({ first, last }) => first <= sequence && sequence <= last)
	);
}
