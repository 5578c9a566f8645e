/** All rooms that one may see, found as one types. */

import type { RoomInfo } from "../../../client/browser.ts";
import { harmlessLine } from "../../../client/terminal/harmless.ts";
import { fill, h } from "../dom.ts";
import { followRoom } from "../model/rooms.ts";
import type { State } from "../model/state.ts";
import { typeAhead } from "../type-ahead.ts";
import { counted, explain, privacyText } from "../words.ts";
import { openDialog } from "./dialog.ts";

export function openDirectory(state: State, open: (uri: string) => void): void {
	const list = h("ul", { class: "results" });
	const status = h("p", { class: "hint", role: "status" });
	const words = h("input", {
		type: "search",
		id: "room-words",
		placeholder: "Name of a room",
		"aria-label": "Name of a room",
		autocomplete: "off",
		oninput: () => asking.later(words.value.trim()),
	});
	const asking = typeAhead(
		(asked: string) => state.chat.rooms(asked),
		(found) => {
			fill(list, ...found.map((info) => row(info)));
			fill(status, counted(found.length, "room"));
		},
		(error) => fill(status, explain(error)),
	);

	function row(info: RoomInfo): HTMLElement {
		const people =
			info.participantCount === undefined
				? ""
				: ` · ${counted(info.participantCount, "person", "people")} here`;
		const known = state.rooms.get(info.uri);
		const follow = h(
			"button",
			{ type: "button", class: "small", onclick: toggle },
			known?.followed ? "Unfollow" : "Follow",
		);
		function toggle(): void {
			const isOn = !(state.rooms.get(info.uri)?.followed ?? false);
			followRoom(state, info, isOn).then(
				() => fill(follow, isOn ? "Unfollow" : "Follow"),
				(error) => fill(status, explain(error)),
			);
		}
		const name = harmlessLine(info.name);
		follow.setAttribute("aria-description", name);
		return h(
			"li",
			{ class: "result" },
			h(
				"button",
				{
					type: "button",
					class: "choice",
					onclick: () => {
						dialog.close();
						open(info.uri);
					},
				},
				h("bdi", { class: "name" }, name),
				info.description !== "" &&
					h("bdi", { class: "description" }, harmlessLine(info.description)),
				h("span", { class: "hint" }, `${privacyText(info)}${people}`),
			),
			follow,
		);
	}

	const dialog = openDialog("Find rooms", words, status, list);
	asking.now("");
}
