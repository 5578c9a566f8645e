/** Changing a room: after a look at who would lose what, and never over what somebody else has changed. */
import { Refusal } from "../model/session.ts";
import type { ActionBar } from "../views/action-bar.ts";
import { changeOf, type Draft, draftOf, isSame } from "./draft.ts";
import { acceptLosses } from "./losses-view.ts";
import { type Merged, merge } from "./merging.ts";
import type { RoomChange, SeenRoom } from "./room.ts";
import type { RoomForm } from "./room-form.ts";
import type { RoomsPage } from "./view.ts";

/** Somebody else was first. */
export interface Collision {
	/** As it was when it was opened, and as it is now. */
	readonly before: SeenRoom;
	readonly now: SeenRoom;
	readonly mine: Draft;
	readonly theirs: Draft;
	readonly merged: Merged;
}

export interface Editing {
	readonly room: SeenRoom;
	hasChanges(): boolean;
	save(): void;
	discard(): void;
	/**
	 * Changes the room; `sent`: the form as the change was made of it, undefined when it was made of nothing there. What is
	 * typed since is kept. Rejects as `Session.ask` does.
	 */
	change(
		change: RoomChange,
		sent: Draft | undefined,
		said: string,
	): Promise<void>;
	/** Whether it has told why a change was refused. */
	tell(error: unknown): Promise<boolean>;
}

export interface EditingNeeds {
	readonly page: RoomsPage;
	readonly room: SeenRoom;
	readonly form: RoomForm;
	readonly bar: ActionBar;
	/** The room is another now: by us, or, with a collision, by somebody else. */
	readonly changed: (collision?: Collision) => void;
}

export function createEditing({
	page,
	room: opened,
	form,
	bar,
	changed,
}: EditingNeeds): Editing {
	const { site, session } = page;
	let room = opened;
	let base = draftOf(opened);

	async function saveDraft(mine: Draft): Promise<void> {
		const asked = changeOf(base, mine);
		const losses = await site.preview(room.id, asked);
		const question = { title: "Save these changes?", action: "Save anyway" };
		const isAccepted = await acceptLosses(losses, session.me.uri, question);
		if (!isAccepted) return bar.say("Nothing is saved yet.");
		bar.say("Saving …");
		await change(asked, mine, "Saved.");
	}

	async function change(
		asked: RoomChange,
		sent: Draft | undefined,
		said: string,
	): Promise<void> {
		await site.change(room.id, asked, room.updatedAt);
		const fresh = await site.room(room.id).catch(() => undefined);
		page.refreshList();
		if (fresh?.roles === undefined) {
			const lost = `You do not manage ${room.name} any more.`;
			return page.go({ at: "list" }, `${said} ${lost}`);
		}
		takeOver(fresh, merge(sent ?? base, form.read(), draftOf(fresh)));
		changed();
		bar.say(said);
	}

	function takeOver(fresh: SeenRoom, { draft }: Merged): void {
		room = fresh;
		base = draftOf(fresh);
		form.show(draft);
	}

	async function collide(): Promise<boolean> {
		const now = await site.room(room.id);
		if (now.roles === undefined) return false;
		const [before, mine, theirs] = [room, form.read(), draftOf(now)];
		const merged = merge(base, mine, theirs);
		takeOver(now, merged);
		bar.say("Nothing is saved yet: look at what has changed above.");
		changed({ before, now, mine, theirs, merged });
		return true;
	}

	async function tell(error: unknown): Promise<boolean> {
		if (!(error instanceof Refusal)) return false;
		if (error.reason === "conflict") return collide();
		if (error.reason !== "name-taken") return false;
		bar.say("");
		form.complainOfName(error.message);
		return true;
	}

	return {
		get room() {
			return room;
		},
		hasChanges: () => !isSame(base, form.read()),
		save() {
			const mine = form.read();
			if (!form.check()) bar.say("");
			else if (isSame(base, mine)) bar.say("Nothing is changed.");
			else {
				const doing = "Looking who would lose access …";
				void bar.run(doing, () => saveDraft(mine), tell);
			}
		},
		discard() {
			form.show(base);
			bar.say("The form is as the room is.");
		},
		change,
		tell,
	};
}
