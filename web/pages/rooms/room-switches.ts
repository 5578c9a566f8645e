/** Turning a room off and on, and removing it for ever. */
import { h } from "../dom.ts";
import type { ActionBar } from "../views/action-bar.ts";
import { confirm } from "../views/confirm.ts";
import type { Editing } from "./editing.ts";
import { lossesView } from "./losses-view.ts";
import type { RoomsPage } from "./view.ts";

export interface Switched {
	readonly page: RoomsPage;
	readonly bar: ActionBar;
	readonly editing: Editing;
}

export function roomSwitches(switched: Switched): HTMLElement {
	const { room } = switched.editing;
	return h(
		"section",
		{ class: "switches", "aria-label": "Turning off and removing" },
		room.disabled
			? switchRow(
					"The room is disabled: nobody is in it, and only its managers see it.",
					"Enable the room",
					() => enable(switched),
				)
			: switchRow(
					"Disabled, a room is left by everybody and seen by its managers only. What was said and who has rights in it is kept.",
					"Disable the room …",
					() => disable(switched),
				),
		room.standing.administrator &&
			switchRow(
				"Removed, a room is gone with all its messages, for ever.",
				"Remove the room …",
				() => remove(switched),
			),
	);
}

function switchRow(
	about: string,
	action: string,
	onclick: () => void,
): HTMLElement {
	return h(
		"div",
		{ class: "row" },
		h("p", { class: "hint grow" }, about),
		h("button", { type: "button", class: "danger-quiet", onclick }, action),
	);
}

function enable({ bar, editing }: Switched): void {
	const change = { properties: { disabled: false } };
	void bar.run(
		"Enabling the room …",
		() => editing.change(change, undefined, "The room is enabled."),
		editing.tell,
	);
}

function disable({ page, bar, editing }: Switched): void {
	const change = { properties: { disabled: true } };
	void bar.run(
		"Looking who would lose access …",
		async () => {
			const losses = await page.site.preview(editing.room.id, change);
			const isWanted = await confirm({
				title: "Disable this room?",
				content: [
					h("p", {}, "You and its other managers can enable it again."),
					lossesView(losses, page.session.me.uri),
				],
				action: "Disable",
				danger: true,
			});
			if (!isWanted) return bar.say("The room stays as it is.");
			bar.say("Disabling the room …");
			await editing.change(change, undefined, "The room is disabled.");
		},
		editing.tell,
	);
}

function remove({ page, bar, editing: { room } }: Switched): void {
	void bar.run("Looking who would lose access …", async () => {
		const losses = await page.site.previewRemoval(room.id);
		const isWanted = await confirm({
			title: "Remove this room for ever?",
			content: [
				h("p", {}, "Its messages go with it. This cannot be undone."),
				lossesView(losses, page.session.me.uri),
			],
			action: "Remove for ever",
			danger: true,
			typed: room.name,
		});
		if (!isWanted) return bar.say("The room stays as it is.");
		bar.say("Removing the room …");
		await page.site.remove(room.id);
		page.refreshList();
		page.go({ at: "list" }, `${room.name} is removed.`);
	});
}
