/** A room for its managers: its form, what somebody else has changed meanwhile, and turning it off. */
import { fill, h } from "../dom.ts";
import { actionBar } from "../views/action-bar.ts";
import { collisionView } from "./collision-view.ts";
import { draftOf } from "./draft.ts";
import { type Collision, createEditing } from "./editing.ts";
import type { Category, SeenRoom } from "./room.ts";
import { roomForm } from "./room-form.ts";
import { roomHeading } from "./room-heading.ts";
import { roomSwitches } from "./room-switches.ts";
import type { RoomsPage, View } from "./view.ts";

/** `notice`: what is said at once. */
export function managedRoomView(
	page: RoomsPage,
	room: SeenRoom,
	notice = "",
): View {
	const { session, site } = page;
	const categories = withOwn(page.creatable, room.category);
	const form = roomForm({
		site,
		domain: session.domain,
		categories,
		room: room.id,
		onchange: () => bar.say(""),
	});
	form.show(draftOf(room));
	const [heading, beside, switches] = [h("div"), h("div"), h("div")];
	const bar = actionBar(
		h("button", { type: "button", onclick: discard }, "Discard changes"),
		h("button", { type: "submit", class: "primary" }, "Save"),
	);
	const editing = createEditing({ page, room, form, bar, changed: draw });

	function draw(collision?: Collision): void {
		fill(heading, roomHeading(editing.room));
		fill(switches, roomSwitches({ page, bar, editing }));
		fill(beside);
		if (collision === undefined) return;
		const view = collisionView(collision, categories, (field, from) =>
			form.show({ ...form.read(), [field]: from[field] }),
		);
		fill(beside, view);
		view.focus();
	}

	function discard(): void {
		editing.discard();
		fill(beside);
	}

	function save(event: Event): void {
		event.preventDefault();
		editing.save();
	}

	draw();
	bar.say(notice);
	return {
		hasChanges: editing.hasChanges,
		element: h(
			"form",
			{ class: "detail", novalidate: true, onsubmit: save },
			heading,
			beside,
			form.element,
			bar.element,
			switches,
		),
	};
}

/** A room may stay where it lies, wherever others may be made. */
function withOwn(
	creatable: readonly Category[],
	own: Category,
): readonly Category[] {
	return creatable.some(({ id }) => id === own.id)
		? creatable
		: [own, ...creatable];
}
