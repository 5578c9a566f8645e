/** All rooms that one may see, found as one types. */

import type { RoomInfo } from "../../../client/browser.ts";
import { harmlessLine } from "../../../client/terminal/harmless.ts";
import { fill, h } from "../dom.ts";
import { followRoom } from "../model/rooms.ts";
import type { State } from "../model/state.ts";
import { counted, explain, privacyText } from "../words.ts";
import { openDialog } from "./dialog.ts";

/** So long after the last letter the question is asked. */
const pauseMs = 150;

export function openDirectory(state: State, open: (uri: string) => void): void {
	const list = h("ul", { class: "results" });
	const status = h("p", { class: "hint", role: "status" });
	const words = h("input", {
		type: "search",
		id: "room-words",
		placeholder: "Name of a room",
		"aria-label": "Name of a room",
		autocomplete: "off",
		oninput: () => {
			clearTimeout(timer);
			timer = setTimeout(ask, pauseMs);
		},
	});
	let timer: ReturnType<typeof setTimeout> | undefined;
	let question = 0;

	async function ask(): Promise<void> {
		const mine = ++question;
		try {
			const found = await state.chat.rooms(words.value.trim());
			if (mine !== question) return;
			fill(list, ...found.map((info) => row(info)));
			fill(status, counted(found.length, "room"));
		} catch (error) {
			if (mine === question) fill(status, explain(error));
		}
	}

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
	void ask();
}
