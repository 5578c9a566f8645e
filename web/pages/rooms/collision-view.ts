/** What somebody else changed while one was typing, and, where both changed the same, which of the two is to be. */
import { h } from "../dom.ts";
import { choiceField } from "../views/fields.ts";
import { timeText } from "../words.ts";
import type { Draft, FieldName } from "./draft.ts";
import type { Merged, TheirChange } from "./merging.ts";
import type { Category, Principal, SeenRoom } from "./room.ts";
import { fieldText, fieldTexts, nameOf, roleTexts } from "./room-words.ts";

export interface Collided {
	/** As it is now. */
	readonly room: SeenRoom;
	readonly wasDisabled: boolean;
	readonly mine: Draft;
	readonly theirs: Draft;
	readonly merged: Merged;
	readonly categories: readonly Category[];
	/** What the form is to hold. */
	readonly choose: (field: FieldName, from: Draft) => void;
}

export function collisionView(collided: Collided): HTMLElement {
	const { room, merged } = collided;
	const told = merged.theirs.filter(
		(each) => "role" in each || !merged.collisions.includes(each.field),
	);
	return h(
		"section",
		{ class: "collision", tabindex: -1, "aria-labelledby": "collision" },
		h("h2", { id: "collision" }, "Somebody else has changed this room"),
		h(
			"p",
			{},
			h("bdi", {}, room.updatedBy.replace(/^sips?:/, "")),
			` changed it at ${timeText(new Date(room.updatedAt))}, after you had opened it. Nothing is saved yet, and nothing that you typed is lost: look at it, then save again.`,
		),
		told.length + Number(room.disabled !== collided.wasDisabled) > 0 &&
			h(
				"ul",
				{},
				room.disabled !== collided.wasDisabled &&
					h(
						"li",
						{},
						room.disabled
							? "The room is disabled now."
							: "The room is enabled again.",
					),
				...told.map((change) => h("li", {}, changeText(change, collided))),
			),
		...merged.collisions.map((field) => choiceOf(field, collided)),
	);
}

function changeText(
	change: TheirChange,
	{ theirs, categories }: Collided,
): string {
	if ("field" in change) {
		return `${fieldTexts[change.field]}: ${fieldText(theirs, change.field, categories)}`;
	}
	const { role, added, removed } = change;
	return [
		added.length > 0 && `${roleTexts[role].many} added: ${listed(added)}`,
		removed.length > 0 && `${roleTexts[role].many} removed: ${listed(removed)}`,
	]
		.filter((part) => part !== false)
		.join("; ");
}

function listed(all: readonly Principal[]): string {
	const few = all.slice(0, 5).map(nameOf);
	const left = all.length - few.length;
	return left > 0 ? `${few.join(", ")} and ${left} more` : few.join(", ");
}

function choiceOf(field: FieldName, collided: Collided): HTMLElement {
	const { mine, theirs, categories, choose } = collided;
	const choice = choiceField(
		`${fieldTexts[field]}: you both changed it`,
		[
			{ value: "mine", name: `Yours: ${fieldText(mine, field, categories)}` },
			{
				value: "theirs",
				name: `Theirs: ${fieldText(theirs, field, categories)}`,
			},
		],
		(which) => choose(field, which === "mine" ? mine : theirs),
	);
	choice.show("mine");
	return choice.element;
}
