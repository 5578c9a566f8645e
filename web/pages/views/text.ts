/** The text of a message as elements: mentions marked, links that can be followed, all else as it was written. */
import { harmless, harmlessLine } from "../../../client/terminal/harmless.ts";
import { type Child, h } from "../dom.ts";
import { type FileLink, fileLinkOf } from "../model/files.ts";
import { type Named, stretches } from "../model/mentions.ts";
import { storyOf } from "../model/story.ts";
import { sizeText } from "../words.ts";

export function textView(text: string, me: Named): HTMLElement {
	const story = storyOf(text);
	if (story === undefined) {
		return h("p", { class: "text", dir: "auto" }, ...pieces(text, me));
	}
	return h(
		"details",
		{ class: "story" },
		h("summary", {}, h("bdi", {}, harmless(story.title))),
		h("p", { class: "text", dir: "auto" }, ...pieces(story.body, me)),
	);
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
		return file ? fileView(file) : piece;
	});
}

function fileView({ name, bytes, address }: FileLink): HTMLElement {
	return h(
		"a",
		{ href: address, download: true, class: "file" },
		h("bdi", {}, harmlessLine(name)),
		bytes !== undefined && ` (${sizeText(bytes)})`,
	);
}
