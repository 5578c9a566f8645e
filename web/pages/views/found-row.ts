/** A message that was found: who said it, where and when; it leads to where it was said. */
import type { ChatMessage } from "../../../client/browser.ts";
import { harmlessLine } from "../../../client/terminal/harmless.ts";
import { h } from "../dom.ts";
import { withFileNames } from "../model/files.ts";
import { around, hits } from "../model/hits.ts";
import type { State } from "../model/state.ts";
import { storyOf } from "../model/story.ts";
import { dayText, timeText } from "../words.ts";
import { face } from "./face.ts";

export function foundRow(
	state: State,
	{ author, at, room, sequence, text }: ChatMessage,
	choose: (room: string, sequence: number) => void,
	words: readonly string[],
): HTMLElement {
	const name = state.rooms.get(room)?.info.name;
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
				onclick: () => choose(room, sequence ?? 0),
			},
			h(
				"span",
				{ class: "row" },
				face(author.uri, author.name),
				h("bdi", { class: "author" }, harmlessLine(author.name)),
				h("span", { class: "hint" }, `${where}${dayText(at)}, ${timeText(at)}`),
			),
			excerpt(text, words),
		),
	);
}

const mostCharacters = 240;

function excerpt(text: string, words: readonly string[]): HTMLElement {
	const story = storyOf(text);
	const said = story ? `${story.title}: ${story.body}` : text;
	const line = harmlessLine(withFileNames(said));
	const pieces = hits(around(line, words, mostCharacters), words);
	return h(
		"bdi",
		{ class: "description" },
		...pieces.map(({ text, isHit }) => (isHit ? h("mark", {}, text) : text)),
	);
}
