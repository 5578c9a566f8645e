/** A file that a message links to: its name, kind and size, and a small picture where it is one; a click saves it. */
import { harmlessLine } from "../../../client/terminal/harmless.ts";
import { h } from "../dom.ts";
import type { FileLink } from "../model/files.ts";
import { sizeText } from "../words.ts";

/** Of which the site draws thumbnails; of what only calls itself so it has none. */
const pictures = /\.(?:png|jpe?g|gif|webp)$/i;

export function fileCard(file: FileLink): HTMLDivElement {
	const name = harmlessLine(file.name);
	const kind = /\.([\p{L}\p{N}]{1,5})$/u.exec(name)?.[1]?.toUpperCase();
	const card = h(
		"div",
		{ class: "file-card" },
		pictures.test(name) && thumbnail(file, name),
		h(
			"a",
			{ href: file.address, download: true, class: "file" },
			h("span", { class: "kind", "aria-hidden": "true" }, kind ?? "FILE"),
			h(
				"span",
				{ class: "about" },
				h("bdi", {}, name),
				file.bytes !== undefined &&
					h("span", { class: "hint" }, sizeText(file.bytes)),
			),
		),
	);
	return card;
}

/** Leads to the whole picture; gone where there is none. Its place has a height of its own: nothing moves when it comes. */
function thumbnail({ address }: FileLink, name: string): HTMLElement {
	const link = h(
		"a",
		{
			class: "thumbnail",
			href: `${address}?show=true`,
			target: "_blank",
			rel: "noopener noreferrer",
		},
		h("img", {
			src: `${address}/thumbnail`,
			alt: `Show ${name}`,
			loading: "lazy",
			onerror: () => link.remove(),
		}),
	);
	return link;
}
