/** The page of somebody who is signed in: rooms, the room that is looked at, who is there; and where that is in the address. */
import { type Place, readPlace, writePlace } from "../address.ts";
import { fill, h } from "../dom.ts";
import type { Feeds } from "../model/feeds.ts";
import { openRoom } from "../model/rooms.ts";
import { listed, type State } from "../model/state.ts";
import type { Uploads } from "../model/uploads.ts";
import { catchFiles } from "./catch-files.ts";
import { composerView } from "./composer.ts";
import { openDirectory } from "./directory.ts";
import { feedListView } from "./feeds.ts";
import { logView } from "./log.ts";
import { peopleView } from "./people.ts";
import { roomHeaderView } from "./room-header.ts";
import { roomListView } from "./room-list.ts";
import { openSearch } from "./search.ts";
import { listenForShortcuts } from "./shortcuts.ts";
import { toastsView } from "./toasts.ts";
import { uploadsView } from "./uploads.ts";

export function chatPage(
	state: State,
	{ uploads, feeds }: { readonly uploads: Uploads; readonly feeds: Feeds },
	signOut: () => void,
): HTMLElement {
	const open = (room: string) => go({ room });
	const back = () => go({});
	const arePeopleShown = !matchMedia("(max-width: 60rem)").matches;
	const room = h(
		"main",
		{ class: "room-pane" },
		roomHeaderView(state, {
			back,
			search: () => openSearch(state, state.current, jump),
			togglePeople: () => page.classList.toggle("with-people"),
			arePeopleShown,
		}),
		logView(state),
		uploadsView(state, uploads),
		composerView(state, uploads),
	);
	catchFiles(room, state, uploads);
	const page: HTMLElement = h(
		"div",
		{ class: arePeopleShown ? "chat with-people" : "chat" },
		connectionView(state),
		roomListView(state, {
			open,
			findRooms: () => openDirectory(state, open),
			searchMessages: () => openSearch(state, undefined, jump),
			signOut,
			feeds: feedListView(state, feeds, jump),
		}),
		h(
			"main",
			{ class: "nowhere" },
			h("p", {}, "Choose a room on the left, or find one to enter."),
			h(
				"button",
				{
					type: "button",
					class: "primary",
					onclick: () => openDirectory(state, open),
				},
				"Find a room",
			),
		),
		room,
		peopleView(state),
		toastsView(state, open),
	);

	function jump(room: string, message: number): void {
		go({ room, message });
	}

	function go(place: Place): void {
		const url = writePlace(place);
		if (url !== writePlace(readPlace(location.search, state.chat.domain))) {
			history.pushState(null, "", url);
		}
		void show(place);
	}

	async function show({ room, message }: Place): Promise<void> {
		page.classList.toggle("in-room", room !== undefined);
		if (room === undefined) {
			state.current = undefined;
			state.changed("rooms", "messages", "people");
			return;
		}
		await openRoom(state, room, message);
		const isStill = state.current?.uri === room;
		if (isStill && message === undefined) focusOn(page);
	}

	addEventListener("popstate", () =>
		show(readPlace(location.search, state.chat.domain)),
	);
	listenForShortcuts(state, {
		open,
		findRooms: () => openDirectory(state, open),
	});
	document.addEventListener("visibilitychange", () => seen(state));
	const place = readPlace(location.search, state.chat.domain);
	const [first] = listed(state);
	const isWide = matchMedia("(min-width: 48rem)").matches;
	if (place.room === undefined && first && isWide) go({ room: first.uri });
	else void show(place);
	return page;
}

/** On a screen of one column the name is read out; else one can write at once. */
function focusOn(page: Element): void {
	const text = page.querySelector<HTMLElement>("#text");
	if (matchMedia("(pointer: fine)").matches) text?.focus();
	else page.querySelector<HTMLElement>(".room-name")?.focus();
}

function seen(state: State): void {
	if (document.hidden || !state.current) return;
	state.current.unread = { count: 0, addressed: 0 };
	state.changed("rooms");
}

function connectionView(state: State): HTMLElement {
	const bar = h("div", { class: "connection", role: "status" });
	function draw(): void {
		bar.hidden = state.connection === "connected";
		if (state.connection === "connected") fill(bar);
		else if (state.connection === "away") {
			fill(bar, "The connection is lost. Coming back …");
		} else {
			fill(
				bar,
				`You are signed out: ${state.why} `,
				h(
					"button",
					{
						type: "button",
						class: "small",
						// What he has written is still there for him.
						onclick: () => location.reload(),
					},
					"Sign in again",
				),
			);
		}
	}
	state.on("connection", draw);
	draw();
	return bar;
}
