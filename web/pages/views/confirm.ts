/** A question before something is done, with what there is to know; whoever closes it has said no. */
import { type Child, h } from "../dom.ts";
import { openDialog } from "./dialog.ts";

export interface Question {
	readonly title: string;
	readonly content: readonly Child[];
	/** What is done by yes: the name of its button. */
	readonly action: string;
	/** What is left by no. */
	readonly otherwise?: string;
	/** It takes something away. */
	readonly danger?: boolean;
	/** What is to be typed first, for what cannot be undone. */
	readonly typed?: string;
}

export function confirm({
	title,
	content,
	action,
	otherwise = "Go back",
	danger = false,
	typed,
}: Question): Promise<boolean> {
	return new Promise((resolve) => {
		let answer = false;
		const say = (what: boolean) => () => {
			answer = what;
			dialog.close();
		};
		const yes = h(
			"button",
			{
				type: "submit",
				class: danger ? "danger" : "primary",
				disabled: typed !== undefined,
			},
			action,
		);
		const no = h("button", { type: "button", onclick: say(false) }, otherwise);
		const check = h("input", {
			id: "typed",
			autocomplete: "off",
			oninput: () => {
				yes.disabled = check.value.trim() !== typed;
			},
		});
		const form = h(
			"form",
			{
				class: "question",
				onsubmit: (event: Event) => {
					event.preventDefault();
					if (!yes.disabled) say(true)();
				},
			},
			...content,
			typed !== undefined &&
				h(
					"div",
					{ class: "field" },
					h("label", { for: check.id }, "To go on, type ", h("bdi", {}, typed)),
					check,
				),
			h("div", { class: "row buttons" }, no, yes),
		);
		const dialog = openDialog(title, form);
		dialog.addEventListener("close", () => resolve(answer));
		(typed === undefined ? no : check).focus();
	});
}
