/** What somebody else changed while one was typing, and, where both changed the same, which of the two is to be. */
import { h } from "../dom.ts";
import { choiceField } from "../views/fields.ts";
import { timeText } from "../words.ts";
import type { Draft, FieldName } from "./draft.ts";
import type { Collision } from "./editing.ts";
import type { TheirChange } from "./merging.ts";
import type { Category, Principal } from "./room.ts";
import { fieldText, fieldTexts, nameOf, roleTexts } from "./room-words.ts";

/** `choose`: the form is to hold what this one has in the field. */
export function collisionView(
	collision: Collision,
	categories: readonly Category[],
	choose: (field: FieldName, from: Draft) => void,
): HTMLElement {
	const { now, merged, theirs } = collision;
	const told = merged.theirs
		.filter((each) => "role" in each || !merged.collisions.includes(each.field))
		.map((each) => changeText(each, theirs, categories));
	const all = [...switchedText(collision), ...told];
	return h(
		"section",
		{ class: "collision", tabindex: -1, "aria-labelledby": "collision" },
		h("h2", { id: "collision" }, "Somebody else has changed this room"),
		h(
			"p",
			{},
			h("bdi", {}, now.updatedBy.replace(/^sips?:/, "")),
			` changed it at ${timeText(new Date(now.updatedAt))}, after you had opened it. Nothing is saved yet, and nothing that you typed is lost: look at it, then save again.`,
		),
		all.length > 0 && h("ul", {}, ...all.map((text) => h("li", {}, text))),
		...merged.collisions.map((field) =>
			choiceOf(field, collision, categories, choose),
		),
	);
}

function switchedText({ before, now }: Collision): readonly string[] {
	if (before.disabled === now.disabled) return [];
	return [now.disabled ? "The room is disabled." : "The room is enabled."];
}

function changeText(
	change: TheirChange,
	theirs: Draft,
	categories: readonly Category[],
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

function choiceOf(
	field: FieldName,
	{ mine, theirs }: Collision,
	categories: readonly Category[],
	choose: (field: FieldName, from: Draft) => void,
): HTMLElement {
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
