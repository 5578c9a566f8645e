/** A room for whoever does not manage it. */
import { harmlessLine } from "../../../client/terminal/harmless.ts";
import { h } from "../dom.ts";
import type { SeenRoom } from "./room.ts";
import { roomHeading } from "./room-heading.ts";
import type { View } from "./view.ts";

export function seenRoomView(room: SeenRoom): View {
	const isIn = room.standing.member
		? "You are a member."
		: "You are no member.";
	return {
		hasChanges: () => false,
		element: h(
			"div",
			{ class: "detail" },
			roomHeading(room),
			room.description !== "" &&
				h("p", {}, h("bdi", {}, harmlessLine(room.description))),
			h("p", { class: "hint" }, `${isIn} Only its managers change it.`),
		),
	};
}
