/** The rooms that one follows or is in, with what is unread, and what one was invited to. */

import type { Invitation } from "../../../client/browser.ts";
import { harmlessLine } from "../../../client/terminal/harmless.ts";
import { fill, h, icon, iconButton } from "../dom.ts";
import { listed, type RoomState, type State } from "../model/state.ts";
import { counted } from "../words.ts";
import { openShortcuts } from "./shortcuts.ts";
import { siteBar } from "./site-bar.ts";

export interface RoomListActions {
	readonly open: (uri: string) => void;
	readonly findRooms: () => void;
	readonly searchMessages: () => void;
	readonly signOut: () => void;
	/** Stands below the rooms. */
	readonly feeds: HTMLElement;
}

export function roomListView(
	state: State,
	actions: RoomListActions,
): HTMLElement {
	const rooms = h("ul", { class: "rooms" });
	const none = h(
		"p",
		{ class: "hint" },
		"You follow no room yet. Find one that interests you.",
	);
	const invitations = h("div", { class: "invitations" });

	function draw(): void {
		const all = listed(state);
		fill(rooms, ...all.map((room) => roomRow(state, room, actions)));
		none.hidden = all.length > 0;
		const unread = all.reduce((sum, room) => sum + room.unread.count, 0);
		document.title = unread > 0 ? `(${unread}) Chat` : "Chat";
	}

	function drawInvitations(): void {
		fill(
			invitations,
			...state.invitations.map((each) => invitationRow(state, each, actions)),
		);
	}

	state.on("rooms", draw);
	state.on("invitations", drawInvitations);
	draw();
	drawInvitations();
	return h(
		"nav",
		{ class: "sidebar", "aria-label": "Rooms" },
		siteBar(
			"Chat",
			iconButton("search", "Search messages", actions.searchMessages),
		),
		invitations,
		rooms,
		none,
		h(
			"button",
			{ type: "button", class: "find", onclick: actions.findRooms },
			icon("compass"),
			"Find rooms",
		),
		newRoomLink(state),
		actions.feeds,
		footer(state, actions),
	);
}

/** For who may make rooms somewhere. */
function newRoomLink({ chat }: State): HTMLElement {
	const link = h(
		"a",
		{ class: "find", href: "rooms?new", hidden: true },
		icon("plus"),
		"New room",
	);
	chat.administration.categories().then(
		(categories) => {
			link.hidden = categories.length === 0;
		},
		() => undefined,
	);
	return link;
}

function roomRow(
	state: State,
	room: RoomState,
	{ open }: RoomListActions,
): HTMLElement {
	const { count, addressed } = room.unread;
	const isCurrent = room === state.current;
	const isClosed =
		room.info.privacy === "closed" || room.info.privacy === "secret";
	return h(
		"li",
		{},
		h(
			"button",
			{
				type: "button",
				class: `room${count > 0 ? " unread" : ""}`,
				"aria-current": isCurrent && "page",
				onclick: () => open(room.uri),
			},
			h(
				"span",
				{ class: "sign", "aria-hidden": "true" },
				isClosed ? icon("lock") : "#",
			),
			h("bdi", { class: "name" }, harmlessLine(room.info.name)),
			count > 0 &&
				h(
					"span",
					{
						class: `badge${addressed > 0 ? " for-me" : ""}`,
						role: "img",
						"aria-label": unreadText(count, addressed),
					},
					`${addressed > 0 ? "@" : ""}${count > 99 ? "99+" : count}`,
				),
		),
	);
}

function unreadText(count: number, addressed: number): string {
	const unread = counted(count, "unread message");
	return addressed > 0 ? `${unread}, ${addressed} for you` : unread;
}

function invitationRow(
	state: State,
	invitation: Invitation,
	{ open }: RoomListActions,
): HTMLElement {
	const { room } = invitation;
	const dismiss = () => {
		state.invitations = state.invitations.filter((each) => each !== invitation);
		state.changed("invitations");
	};
	return h(
		"div",
		{ class: "invitation" },
		h("p", {}, "You are invited to ", h("bdi", {}, harmlessLine(room.name))),
		h(
			"div",
			{ class: "row" },
			h(
				"button",
				{
					type: "button",
					class: "small primary",
					onclick: () => {
						dismiss();
						open(room.uri);
					},
				},
				"Join",
			),
			h(
				"button",
				{ type: "button", class: "small", onclick: dismiss },
				"Not now",
			),
		),
	);
}

function footer(state: State, { signOut }: RoomListActions): HTMLElement {
	const canAsk =
		"Notification" in window && Notification.permission === "default";
	const bell = iconButton("bell", "Notify me when I am mentioned", () => {
		void Notification.requestPermission().then((answer) => {
			bell.hidden = answer !== "default";
		});
	});
	bell.hidden = !canAsk;
	const address = state.me.uri.replace(/^sips?:/, "");
	return h(
		"div",
		{ class: "me" },
		h("bdi", { title: address }, harmlessLine(state.me.name || address)),
		bell,
		iconButton("keyboard", "Keyboard shortcuts", openShortcuts),
		iconButton("power", "Sign out", signOut),
	);
}
