/** Making a room. */
import { h } from "../dom.ts";
import { Refusal } from "../model/session.ts";
import { actionBar } from "../views/action-bar.ts";
import { isSame, newDraft, newRoomOf } from "./draft.ts";
import { roomForm } from "./room-form.ts";
import type { RoomsPage, View } from "./view.ts";

export function newRoomView(page: RoomsPage): View {
	const { session, site, creatable } = page;
	const me = { principal: session.me.uri, name: session.me.name, known: true };
	const [first] = creatable;
	const heading = h("h2", { tabindex: -1 }, "New room");
	if (first === undefined) {
		return {
			hasChanges: () => false,
			element: h(
				"div",
				{ class: "detail" },
				heading,
				h(
					"p",
					{},
					"You may not make rooms in any category. Administrators say who may.",
				),
			),
		};
	}
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

	function submit(event: Event): void {
		event.preventDefault();
		const draft = form.read();
		form.complain("name");
		if (draft.name === "") return void complainOfName("The room needs a name.");
		void bar.run(
			"Making the room …",
			async () => {
				const { id } = await site.create(newRoomOf(draft));
				page.refreshList();
				page.go({ at: "room", room: id }, "The room is made.");
			},
			(error) => {
				const isTaken =
					error instanceof Refusal && error.reason === "name-taken";
				if (isTaken) complainOfName(error.message);
				return isTaken;
			},
		);
	}

	function complainOfName(text: string): void {
		bar.say("");
		form.complain("name", text);
		form.focus("name");
	}

	return {
		hasChanges: () => !isSame(empty, form.read()),
		element: h(
			"form",
			{ class: "detail", novalidate: true, onsubmit: submit },
			heading,
			form.element,
			bar.element,
		),
	};
}
