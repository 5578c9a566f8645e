/** The messages of the room: grows upwards as one scrolls, stays at its end while one is there, and keeps its place else. */
import { arrange, h } from "../dom.ts";
import { readEnd, readNewer, readOlder } from "../model/reading.ts";
import type { RoomState, State } from "../model/state.ts";
import { rowsOf } from "./rows.ts";

/** So near to an end one is at it. */
const nearPx = 80;

export function logView(state: State): HTMLElement {
	const list = h("ol", { class: "messages" });
	const status = h("p", { class: "log-state", role: "status" });
	const toEnd = h(
		"button",
		{ type: "button", class: "to-end", hidden: true, onclick: goToEnd },
		"To the newest messages",
	);
	const scroller = h(
		"div",
		{
			class: "scroller",
			tabindex: 0,
			role: "log",
			"aria-label": "Messages",
			onscroll: scrolled,
		},
		status,
		list,
	);
	let shown: RoomState | undefined;
	let sought: number | undefined;
	let atEnd = true;
	let rows = new Map<string, { made: HTMLElement; of: string }>();

	function scrolled(): void {
		const { scrollTop, scrollHeight, clientHeight } = scroller;
		atEnd = scrollHeight - scrollTop - clientHeight < nearPx;
		readOn();
	}

	/** Where one is near an end of what is held, more of it is asked for. */
	function readOn(): void {
		const room = state.current;
		if (!room?.joined || room !== shown) return;
		toEnd.hidden = atEnd && !room.timeline.newer;
		if (!room.loaded || room.loading || room.unreadable !== undefined) return;
		if (scroller.scrollTop < nearPx * 3 && room.timeline.older) {
			void readOlder(state, room);
		} else if (atEnd && room.timeline.newer) void readNewer(state, room);
	}

	function goToEnd(): void {
		const room = state.current;
		if (!room) return;
		atEnd = true;
		if (room.timeline.newer) void readEnd(state, room);
		else scroller.scrollTop = scroller.scrollHeight;
	}

	function draw(): void {
		const room = state.current;
		if (room !== shown) {
			rows = new Map();
			atEnd = true;
			sought = undefined;
		}
		shown = room;
		if (!room) {
			arrange(list, []);
			return;
		}
		const anchor = anchorOf(scroller, list);
		const next: typeof rows = new Map();
		const keep = (key: string, of: string, make: () => HTMLElement) => {
			const known = rows.get(key) ?? next.get(key);
			const row = known?.of === of ? known : { made: make(), of };
			next.set(key, row);
			return row.made;
		};
		arrange(list, rowsOf(state, room, keep));
		rows = next;
		status.textContent = stateText(room);
		place(room, anchor);
		const { scrollTop, scrollHeight, clientHeight } = scroller;
		atEnd = scrollHeight - scrollTop - clientHeight < nearPx;
		readOn();
	}

	function place(room: RoomState, anchor: Anchor | undefined): void {
		if (room.sought !== undefined && room.sought !== sought) {
			sought = room.sought;
			atEnd = false;
			const found = list.querySelector<HTMLElement>(".sought");
			found?.scrollIntoView({ block: "center" });
			found?.focus({ preventScroll: true });
		} else if (atEnd && !room.timeline.newer) {
			scroller.scrollTop = scroller.scrollHeight;
		} else if (anchor?.row.isConnected) {
			scroller.scrollTop += anchor.row.offsetTop - anchor.top;
		}
		if (room.sought === undefined) sought = undefined;
	}

	state.on("messages", draw);
	// Where the field to write in grows, or a picture turns, the end stays the end.
	new ResizeObserver(() => {
		if (atEnd && !shown?.timeline.newer) {
			scroller.scrollTop = scroller.scrollHeight;
		}
	}).observe(scroller);
	draw();
	return h("div", { class: "log" }, scroller, toEnd);
}

interface Anchor {
	readonly row: HTMLElement;
	readonly top: number;
}

/** The first row that is seen, and where. */
function anchorOf(scroller: Element, list: Element): Anchor | undefined {
	for (const row of list.children) {
		if (!(row instanceof HTMLElement)) continue;
		if (!row.classList.contains("message")) continue;
		if (row.offsetTop + row.offsetHeight > scroller.scrollTop) {
			return { row, top: row.offsetTop };
		}
	}
	return undefined;
}

function stateText(room: RoomState): string {
	if (room.shownOut !== undefined) return "";
	if (!room.joined) return "Opening …";
	if (room.loading) return "Reading …";
	if (room.unreadable !== undefined) {
		return `Earlier messages cannot be read: ${room.unreadable}`;
	}
	if (!room.loaded || room.timeline.older) return "";
	const isEmpty = room.timeline.items.length + room.outgoing.length === 0;
	return isEmpty
		? "Nothing has been said here yet."
		: "This is where the room begins.";
}
