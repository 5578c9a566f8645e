/** Messages by their words, in one room or in all of one's own; a find leads to where it was said. */

import type { MessageSearch } from "../../../client/browser.ts";
import { harmlessLine } from "../../../client/terminal/harmless.ts";
import { fill, h } from "../dom.ts";
import { everywhere } from "../model/rooms.ts";
import type { RoomState, State } from "../model/state.ts";
import { counted, explain } from "../words.ts";
import { openDialog } from "./dialog.ts";
import { foundRow } from "./found-row.ts";

const mostFound = 25;

/** `room`: where the search begins; undefined: everywhere. */
export function openSearch(
	state: State,
	room: RoomState | undefined,
	jump: (room: string, sequence: number) => void,
): void {
	const words = h("input", {
		type: "search",
		id: "words",
		placeholder: "Words, or “a phrase” in quotes",
		"aria-label": "Words to search for",
		autocomplete: "off",
		required: true,
	});
	const here = h("input", { type: "checkbox", id: "here", checked: true });
	const status = h("p", { class: "hint", role: "status" });
	const list = h("ul", { class: "results" });

	async function search(event: Event): Promise<void> {
		event.preventDefault();
		fill(status, "Searching …");
		const isHere = room !== undefined && here.checked;
		const sought = wordsOf(words.value);
		try {
			const rooms = isHere ? [room.uri] : await everywhere(state);
			const { messages, more } = await state.chat.search({
				...sought,
				count: mostFound,
				rooms,
			});
			const newest = [...messages].reverse();
			const single =
				sought.match === "phrase" ? [sought.words] : sought.words.split(/\s+/);
			fill(
				list,
				...newest.map((message) => foundRow(state, message, choose, single)),
			);
			const count = counted(messages.length, "message");
			fill(status, more ? `${count}, and there may be more` : `${count} found`);
		} catch (error) {
			fill(list);
			fill(status, explain(error));
		}
	}

	function choose(room: string, sequence: number): void {
		dialog.close();
		jump(room, sequence);
	}

	const dialog = openDialog(
		"Search messages",
		h(
			"form",
			{ class: "search", onsubmit: search },
			h(
				"div",
				{ class: "row" },
				words,
				h("button", { type: "submit", class: "primary" }, "Search"),
			),
			room &&
				h(
					"label",
					{ class: "check" },
					here,
					"Only in ",
					h("bdi", {}, harmlessLine(room.info.name)),
				),
		),
		status,
		list,
	);
}

function wordsOf(
	text: string,
): Pick<MessageSearch, "match"> & { readonly words: string } {
	const phrase = /^\s*["“”](.+)["“”]\s*$/.exec(text)?.[1];
	return phrase === undefined
		? { words: text.trim() }
		: { words: phrase, match: "phrase" };
}
