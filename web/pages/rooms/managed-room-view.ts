/** A room for its managers: changed after a look at who would lose what, and never over what somebody else has changed. */
import { fill, h } from "../dom.ts";
import { Refusal } from "../model/session.ts";
import { actionBar } from "../views/action-bar.ts";
import { collisionView } from "./collision-view.ts";
import { changeOf, type Draft, draftOf, isSame } from "./draft.ts";
import { acceptLosses } from "./losses-view.ts";
import { merge } from "./merging.ts";
import type { Category, RoomChange, SeenRoom } from "./room.ts";
import { roomForm } from "./room-form.ts";
import { roomHeading } from "./room-heading.ts";
import { roomSwitches } from "./room-switches.ts";
import type { RoomsPage, View } from "./view.ts";

export function managedRoomView(
	page: RoomsPage,
	opened: SeenRoom,
	notice = "",
): View {
	const { session, site } = page;
	let room = opened;
	let base = draftOf(opened);
	const categories = withOwn(page.creatable, opened.category);
	const form = roomForm({
		site,
		domain: session.domain,
		categories,
		room: opened.id,
		onchange: () => bar.say(""),
	});
	form.show(base);
	const heading = h("div");
	const collision = h("div");
	const switches = h("div");
	const bar = actionBar(
		h("button", { type: "button", onclick: discard }, "Discard changes"),
		h("button", { type: "submit", class: "primary" }, "Save"),
	);
	bar.say(notice);
	draw();

	function draw(): void {
		fill(heading, roomHeading(room));
		fill(switches, roomSwitches({ page, room, bar, attempt, failed }));
	}

	function save(event: Event): void {
		event.preventDefault();
		const mine = form.read();
		form.complain("name");
		if (mine.name === "") return void complainOfName("The room needs a name.");
		if (isSame(base, mine)) return void bar.say("Nothing is changed.");
		void bar.run(
			"Looking who would lose access …",
			async () => {
				const change = changeOf(base, mine);
				const losses = await site.preview(room.id, change);
				const question = {
					title: "Save these changes?",
					action: "Save anyway",
				};
				const isAccepted = await acceptLosses(losses, session.me.uri, question);
				if (!isAccepted) return bar.say("Nothing is saved yet.");
				bar.say("Saving …");
				await attempt(change, mine, "Saved.");
			},
			failed,
		);
	}

	/** `sent`: the form as the change was made of it; what is typed since is kept. */
	async function attempt(
		change: RoomChange,
		sent: Draft | undefined,
		said: string,
	): Promise<void> {
		await site.change(room.id, change, room.updatedAt);
		const fresh = await site.room(room.id).catch(() => undefined);
		page.refreshList();
		if (fresh?.roles === undefined) {
			page.go(
				{ at: "list" },
				`${said} You do not manage ${room.name} any more.`,
			);
			return;
		}
		const theirs = draftOf(fresh);
		form.show(merge(sent ?? base, form.read(), theirs).draft);
		room = fresh;
		base = theirs;
		fill(collision);
		draw();
		bar.say(said);
	}

	async function failed(error: unknown): Promise<boolean> {
		if (!(error instanceof Refusal)) return false;
		if (error.reason === "name-taken") {
			complainOfName(error.message);
			return true;
		}
		if (error.reason !== "conflict") return false;
		return collide();
	}

	async function collide(): Promise<boolean> {
		const fresh = await site.room(room.id);
		if (fresh.roles === undefined) return false;
		const [mine, theirs] = [form.read(), draftOf(fresh)];
		const merged = merge(base, mine, theirs);
		form.show(merged.draft);
		const view = collisionView({
			room: fresh,
			wasDisabled: room.disabled,
			mine,
			theirs,
			merged,
			categories,
			choose: (field, from) =>
				form.show({ ...form.read(), [field]: from[field] }),
		});
		fill(collision, view);
		room = fresh;
		base = theirs;
		draw();
		bar.say("Nothing is saved yet: look at what has changed above.");
		view.focus();
		return true;
	}

	function complainOfName(text: string): void {
		bar.say("");
		form.complain("name", text);
		form.focus("name");
	}

	function discard(): void {
		form.show(base);
		form.complain("name");
		fill(collision);
		bar.say("The form is as the room is.");
	}

	return {
		hasChanges: () => !isSame(base, form.read()),
		element: h(
			"form",
			{ class: "detail", novalidate: true, onsubmit: save },
			heading,
			collision,
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
