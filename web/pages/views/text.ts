/** The text of a message as elements: mentions marked, links that can be followed, all else as it was written. */
import { harmless } from "../../../client/terminal/harmless.ts";
import { type Child, h } from "../dom.ts";
import { fileLinkOf } from "../model/files.ts";
import { type Named, stretches } from "../model/mentions.ts";
import { storyOf } from "../model/story.ts";
import { fileCard } from "./file-card.ts";

export function textView(text: string, me: Named): HTMLElement {
	const story = storyOf(text);
	if (story === undefined) return plainView(text, me);
	return h(
		"details",
		{ class: "story" },
		h("summary", {}, h("bdi", {}, harmless(story.title))),
		h("p", { class: "text", dir: "auto" }, ...pieces(story.body, me)),
	);
}

/** Files stand below what is said of them. */
function plainView(text: string, me: Named): HTMLElement {
	const all = pieces(text, me);
	const files = all.filter((piece) => piece instanceof HTMLDivElement);
	const said = all.filter((piece) => !(piece instanceof HTMLDivElement));
	const isSaid = said.some(
		(piece) => typeof piece !== "string" || piece.trim() !== "",
	);
	const line = h("p", { class: "text", dir: "auto" }, ...said);
	if (files.length === 0) return line;
	return h("div", { class: "with-files" }, isSaid && line, ...files);
}

function pieces(text: string, me: Named): readonly Child[] {
	return stretches(harmless(text), me).map(({ kind, text: piece }) => {
		if (kind === "mention") return h("mark", {}, piece);
		if (kind === "link" && URL.canParse(piece)) {
			return h(
				"a",
				{ href: piece, target: "_blank", rel: "noopener noreferrer" },
				piece,
			);
		}
		const file = kind === "file" ? fileLinkOf(piece) : undefined;
		return file ? fileCard(file) : piece;
	});
}
