/** Messages by their words, in one room or in all of one's own; a find leads to where it was said. */

import type { ChatMessage, MessageSearch } from "../../../client/browser.ts";
import { harmlessLine } from "../../../client/terminal/harmless.ts";
import { fill, h } from "../dom.ts";
import type { RoomState, State } from "../model/state.ts";
import { storyOf } from "../model/story.ts";
import { counted, dayText, explain, timeText } from "../words.ts";
import { openDialog } from "./dialog.ts";
import { face } from "./face.ts";

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
		try {
			const rooms = isHere ? [room.uri] : await everywhere(state);
			const { messages, more } = await state.chat.search({
				...wordsOf(words.value),
				count: mostFound,
				rooms,
			});
			const newest = [...messages].reverse();
			fill(list, ...newest.map((message) => row(message)));
			const count = counted(messages.length, "message");
			fill(status, more ? `${count}, and there may be more` : `${count} found`);
		} catch (error) {
			fill(list);
			fill(status, explain(error));
		}
	}

	function row(message: ChatMessage): HTMLElement {
		const { author, at, sequence } = message;
		const name = state.rooms.get(message.room)?.info.name;
		const where = name === undefined ? "" : `${harmlessLine(name)} · `;
		return h(
			"li",
			{ class: "result" },
			h(
				"button",
				{
					type: "button",
					class: "choice",
					disabled: sequence === undefined,
					onclick: () => {
						dialog.close();
						jump(message.room, sequence ?? 0);
					},
				},
				h(
					"span",
					{ class: "row" },
					face(author.uri, author.name),
					h("bdi", { class: "author" }, harmlessLine(author.name)),
					h(
						"span",
						{ class: "hint" },
						`${where}${dayText(at)}, ${timeText(at)}`,
					),
				),
				excerpt(message.text),
			),
		);
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

function excerpt(text: string): HTMLElement {
	const story = storyOf(text);
	const line = harmlessLine(story ? `${story.title}: ${story.body}` : text);
	const short = line.length > 240 ? `${line.slice(0, 240)}…` : line;
	return h("bdi", { class: "description" }, short);
}

function wordsOf(text: string): Pick<MessageSearch, "words" | "match"> {
	const phrase = /^\s*["“”](.+)["“”]\s*$/.exec(text)?.[1];
	return phrase === undefined
		? { words: text.trim() }
		: { words: phrase, match: "phrase" };
}

/** The rooms of the list, and those that one is a member of. */
async function everywhere(state: State): Promise<readonly string[]> {
	const mine = await state.chat.myRooms();
	for (const info of mine) state.know(info);
	return [...state.rooms.keys()];
}
