/** Making a room. */
import { h } from "../dom.ts";
import { Refusal } from "../model/session.ts";
import { actionBar } from "../views/action-bar.ts";
import { isSame, newDraft, newRoomOf } from "./draft.ts";
import { roomForm } from "./room-form.ts";
import type { RoomsPage, View } from "./view.ts";

export function newRoomView(page: RoomsPage): View {
	const { session, site, creatable } = page;
	const [first] = creatable;
	if (first === undefined) return notHereView();
	const me = { principal: session.me.uri, name: session.me.name, known: true };
	const empty = newDraft(first.id, me);
	const form = roomForm({
		site,
		domain: session.domain,
		categories: creatable,
		maker: me.principal,
		onchange: () => bar.say(""),
	});
	form.show(empty);
	const bar = actionBar(
		h("button", { type: "submit", class: "primary" }, "Make the room"),
	);

	async function make(): Promise<void> {
		const { id } = await site.create(newRoomOf(form.read()));
		page.refreshList();
		page.go({ at: "room", room: id }, "The room is made.");
	}

	function tell(error: unknown): boolean {
		if (!(error instanceof Refusal) || error.reason !== "name-taken") {
			return false;
		}
		bar.say("");
		form.complainOfName(error.message);
		return true;
	}

	function submit(event: Event): void {
		event.preventDefault();
		if (form.check()) void bar.run("Making the room …", make, tell);
	}

	return {
		hasChanges: () => !isSame(empty, form.read()),
		element: h(
			"form",
			{ class: "detail", novalidate: true, onsubmit: submit },
			h("h2", { tabindex: -1 }, "New room"),
			form.element,
			bar.element,
		),
	};
}

function notHereView(): View {
	return {
		hasChanges: () => false,
		element: h(
			"div",
			{ class: "detail" },
			h("h2", { tabindex: -1 }, "New room"),
			h(
				"p",
				{},
				"You may not make rooms in any category. Administrators say who may.",
			),
		),
	};
}
