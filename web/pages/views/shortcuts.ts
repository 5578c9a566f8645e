/** What the keyboard does beyond moving from field to field, and the list of it. */
import { h } from "../dom.ts";
import { listed, type State } from "../model/state.ts";
import { openDialog } from "./dialog.ts";

export interface ShortcutActions {
	readonly open: (room: string) => void;
	readonly findRooms: () => void;
}

const list = [
	["Ctrl K", "Find rooms"],
	["Alt ↑, Alt ↓", "The room above, the room below"],
	["Alt Shift ↑, Alt Shift ↓", "The same, of those with something unread"],
	["Enter", "Post"],
	["Shift Enter", "A new line"],
	["Ctrl Enter", "Post a story"],
	["@", "Whom one may mention; ↓ goes there"],
	["Esc", "Close what is open"],
	["Ctrl /", "This list"],
] as const;

/** They stand as long as the page does. */
export function listenForShortcuts(
	state: State,
	{ open, findRooms }: ShortcutActions,
): void {
	addEventListener("keydown", (event) => {
		if (document.querySelector("dialog[open]")) return;
		const { key, altKey, shiftKey } = event;
		const isCommand = event.ctrlKey || event.metaKey;
		const step = { ArrowUp: -1, ArrowDown: 1 }[key];
		if (isCommand && key === "k") findRooms();
		else if (isCommand && key === "/") openShortcuts();
		else if (altKey && !isCommand && step !== undefined) {
			const next = neighbour(state, step, shiftKey);
			if (next !== undefined) open(next);
		} else return;
		event.preventDefault();
	});
}

/** From the last one it goes on at the first. */
function neighbour(
	state: State,
	step: number,
	isUnread: boolean,
): string | undefined {
	const rooms = listed(state).filter(
		(room) => room === state.current || !isUnread || room.unread.count > 0,
	);
	const { current } = state;
	const at = current === undefined ? -1 : rooms.indexOf(current);
	const from = at < 0 && step < 0 ? 0 : at;
	const next = rooms.at((from + step) % Math.max(rooms.length, 1));
	return next === current ? undefined : next?.uri;
}

export function openShortcuts(): void {
	openDialog(
		"Keyboard",
		h(
			"dl",
			{ class: "shortcuts" },
			...list.flatMap(([keys, what]) => [
				h("dt", {}, h("kbd", {}, keys)),
				h("dd", {}, what),
			]),
		),
	);
}
