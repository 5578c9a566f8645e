/** The rooms that one manages, is a member of, or may see; found by words. */
import { harmlessLine } from "../../../client/terminal/harmless.ts";
import { fill, h, icon } from "../dom.ts";
import { typeAhead } from "../type-ahead.ts";
import { freshId } from "../views/fields.ts";
import { counted, explain } from "../words.ts";
import { writePlace } from "./address.ts";
import type { ListedRoom } from "./room.ts";
import { aboutRoom } from "./room-words.ts";
import { mostRooms, type RoomsSite } from "./rooms-site.ts";

const scopes = {
	manager: { name: "I manage", none: "You manage no room yet." },
	member: { name: "I am in", none: "You are a member of no room yet." },
	all: { name: "All", none: "There is no room that you may see." },
} as const;

type Scope = keyof typeof scopes;

export interface RoomListView {
	readonly element: HTMLElement;
	/** Reads it again. */
	refresh(): void;
	/** The room that is looked at. */
	mark(room: string | undefined): void;
}

export function roomListView(
	site: RoomsSite,
	open: (room: string) => void,
): RoomListView {
	let scope: Scope = "manager";
	let rooms: readonly ListedRoom[] = [];
	let marked: string | undefined;
	const list = h("ul", { class: "rooms" });
	const status = h("p", { class: "hint", role: "status" }, "One moment …");
	const words = h("input", {
		type: "search",
		placeholder: "Find a room",
		"aria-label": "Find a room",
		autocomplete: "off",
		oninput: () => asking.later(question()),
	});
	const asking = typeAhead(
		(asked: Question) => roomsOf(site, asked),
		(found, asked) => {
			rooms = found;
			draw(asked);
		},
		(error) => {
			fill(list);
			fill(status, explain(error));
		},
	);

	const question = (): Question => ({ scope, words: words.value.trim() });

	function draw(asked: Question): void {
		fill(list, ...rooms.map((room) => roomRow(room, open)));
		const isFull = rooms.length >= mostRooms;
		const count = counted(rooms.length, "room");
		const none =
			asked.words === "" ? scopes[asked.scope].none : "No room found.";
		fill(
			status,
			rooms.length === 0
				? none
				: isFull
					? `The first ${count}: type a name to find others.`
					: count,
		);
		mark(marked);
	}

	function mark(room: string | undefined): void {
		marked = room;
		for (const link of list.querySelectorAll("a")) {
			if (link.dataset.room === room) link.setAttribute("aria-current", "page");
			else link.removeAttribute("aria-current");
		}
	}

	return {
		element: h(
			"div",
			{ class: "room-list" },
			scopeChoice(scope, (chosen) => {
				scope = chosen;
				asking.now(question());
			}),
			words,
			status,
			list,
		),
		refresh: () => asking.now(question()),
		mark,
	};
}

interface Question {
	readonly scope: Scope;
	readonly words: string;
}

async function roomsOf(
	site: RoomsSite,
	{ scope, words }: Question,
): Promise<readonly ListedRoom[]> {
	if (scope === "all") return site.search(words);
	const asked = words.toLowerCase().split(/\s+/);
	return (await site.mine(scope)).filter(({ name, description }) => {
		const text = `${name} ${description}`.toLowerCase();
		return asked.every((word) => text.includes(word));
	});
}

function scopeChoice(
	chosen: Scope,
	choose: (scope: Scope) => void,
): HTMLElement {
	const name = freshId();
	return h(
		"fieldset",
		{ class: "segments" },
		h("legend", { class: "unseen" }, "Which rooms"),
		...(Object.keys(scopes) as Scope[]).map((scope) =>
			h(
				"label",
				{},
				h("input", {
					type: "radio",
					name,
					value: scope,
					checked: scope === chosen,
					onchange: () => choose(scope),
				}),
				scopes[scope].name,
			),
		),
	);
}

function roomRow(room: ListedRoom, open: (room: string) => void): HTMLElement {
	const isOpen = room.privacy === "open";
	const follow = (event: MouseEvent) => {
		if (event.ctrlKey || event.metaKey || event.shiftKey) return;
		event.preventDefault();
		open(room.id);
	};
	return h(
		"li",
		{},
		h(
			"a",
			{
				class: "room",
				href: writePlace({ at: "room", room: room.id }),
				"data-room": room.id,
				onclick: follow,
			},
			h(
				"span",
				{ class: "sign", "aria-hidden": "true" },
				isOpen ? "#" : icon("lock"),
			),
			h(
				"span",
				{ class: "grow name-and-hint" },
				h("bdi", { class: "name" }, harmlessLine(room.name)),
				h("span", { class: "hint" }, aboutRoom(room)),
			),
		),
	);
}
