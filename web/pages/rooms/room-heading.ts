/** Which room it is, and the way into it. */
import { harmlessLine } from "../../../client/terminal/harmless.ts";
import { h } from "../dom.ts";
import { momentText } from "../words.ts";
import type { SeenRoom } from "./room.ts";
import { aboutRoom } from "./room-words.ts";

export function roomHeading(room: SeenRoom): HTMLElement {
	const { standing, privacy, disabled } = room;
	const enters = !disabled && (standing.member || privacy === "open");
	return h(
		"div",
		{ class: "row heading" },
		h(
			"div",
			{ class: "grow" },
			h("h2", { tabindex: -1 }, h("bdi", {}, harmlessLine(room.name))),
			h("p", { class: "hint" }, aboutRoom(room)),
			h(
				"p",
				{ class: "hint" },
				"Changed by ",
				h("bdi", {}, room.updatedBy.replace(/^sips?:/, "")),
				`, ${momentText(new Date(room.updatedAt))}`,
			),
		),
		enters &&
			h(
				"a",
				{
					class: "button small",
					href: `./?room=${encodeURIComponent(room.id)}`,
				},
				"Open in chat",
			),
	);
}
