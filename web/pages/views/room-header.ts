/** What room this is, and what can be done with it. */
import { harmlessLine } from "../../../client/terminal/harmless.ts";
import { fill, h, iconButton, iconLink } from "../dom.ts";
import { followRoom, leaveRoom } from "../model/rooms.ts";
import type { RoomState, State } from "../model/state.ts";
import { explain, privacyText } from "../words.ts";

export interface RoomHeaderActions {
	readonly back: () => void;
	readonly search: () => void;
	/** True: they are shown now. */
	readonly togglePeople: () => boolean;
	readonly arePeopleShown: boolean;
}

export function roomHeaderView(
	state: State,
	{ back, search, togglePeople, arePeopleShown }: RoomHeaderActions,
): HTMLElement {
	const name = h("h2", { tabindex: -1, class: "room-name" });
	const about = h("p", { class: "hint" });
	const star = iconButton("star", "Follow this room", toggleFollow, {
		"aria-pressed": "false",
		class: "icon-button follow",
	});
	const change = iconLink("pencil", "Change this room", "rooms");
	const leave = iconButton("leave", "Leave this room", leaveIt);

	const people = iconButton("people", "Who is here", togglePeopleIn, {
		"aria-pressed": String(arePeopleShown),
	});

	function togglePeopleIn(): void {
		people.setAttribute("aria-pressed", String(togglePeople()));
	}

	function toggleFollow(): void {
		const room = state.current;
		if (!room) return;
		followRoom(state, room.info, !room.followed).catch(complain);
	}

	function leaveIt(): void {
		const room = state.current;
		if (room) leaveRoom(state, room).then(back, complain);
	}

	function complain(error: unknown): void {
		state.toast({ text: explain(error), urgent: true });
	}

	function draw(): void {
		const room = state.current;
		if (!room) return;
		const said = [harmlessLine(room.info.description), privacyText(room.info)];
		fill(name, h("bdi", {}, harmlessLine(room.info.name)));
		fill(about, said.filter((part) => part !== "").join(" · "));
		star.setAttribute("aria-pressed", String(room.followed));
		const label = room.followed
			? "You follow this room: stop"
			: "Follow this room";
		star.setAttribute("aria-label", label);
		star.title = label;
		leave.hidden = !room.joined;
		drawChange(room);
	}

	function drawChange({ uri }: RoomState): void {
		const people = state.chat.joined.get(uri)?.people;
		const self = people?.get(state.me.uri.toLowerCase());
		const id = uri.slice(uri.lastIndexOf("/") + 1);
		change.href = `rooms?${new URLSearchParams({ room: id })}`;
		change.hidden = self?.manager !== true;
	}

	state.on("rooms", draw);
	state.on("people", draw);
	draw();
	return h(
		"header",
		{ class: "bar" },
		iconButton("back", "All rooms", back, { class: "icon-button back" }),
		h("div", { class: "grow" }, name, about),
		star,
		iconButton("search", "Search this room", search),
		people,
		change,
		leave,
	);
}
