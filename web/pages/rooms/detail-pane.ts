/** What stands beside the list, where that is in the address, and that nothing that was typed is lost by leaving it. */
import { fill, h, iconButton } from "../dom.ts";
import { confirm } from "../views/confirm.ts";
import { explain } from "../words.ts";
import { type Place, readPlace, writePlace } from "./address.ts";
import { managedRoomView } from "./managed-room-view.ts";
import { newRoomView } from "./new-room-view.ts";
import { seenRoomView } from "./seen-room-view.ts";
import type { RoomsPage, View } from "./view.ts";

export interface DetailPane {
	readonly element: HTMLElement;
	/** Shows what the address says. */
	start(): void;
	/** After a question, if something is not saved. */
	visit(place: Place): void;
	/** Leaves the page, likewise. */
	leave(then: () => void): void;
}

/** `shown`: called with each place that is gone to, and what is to be said there. */
export function detailPane(
	around: Omit<RoomsPage, "go">,
	shown: (place: Place, said: string) => void,
): DetailPane {
	const page: RoomsPage = { ...around, go };
	const element = h("main", { class: "beside-list" });
	let place = readPlace(location.search);
	let view: View | undefined;

	function go(next: Place, said = ""): void {
		if (writePlace(next) !== writePlace(readPlace(location.search))) {
			history.pushState(null, "", writePlace(next));
		}
		place = next;
		void show(said);
	}

	async function show(said = ""): Promise<void> {
		const asked = place;
		view = undefined;
		document.title = "Rooms";
		shown(asked, said);
		if (asked.at === "list") return fill(element, nothingChosen(page));
		fill(element, back(), h("p", { class: "detail hint" }, "One moment …"));
		const made = await viewAt(page, asked, said);
		if (asked !== place) return;
		view = made;
		fill(element, back(), made.element);
		const heading = element.querySelector("h2");
		if (heading) document.title = `${heading.textContent} · Rooms`;
		heading?.focus();
	}

	function back(): HTMLElement {
		const list = () => void visit({ at: "list" });
		const attributes = { class: "icon-button back" };
		return iconButton("back", "All rooms", list, attributes);
	}

	async function unlessUnsaved(then: () => void): Promise<void> {
		const isUnsaved = view?.hasChanges() ?? false;
		if (!isUnsaved || (await discards())) then();
	}

	const visit = (next: Place) => void unlessUnsaved(() => go(next));

	addEventListener("popstate", () => {
		const next = readPlace(location.search);
		// What is asked about first is still looked at.
		if (view?.hasChanges()) history.pushState(null, "", writePlace(place));
		visit(next);
	});
	addEventListener("beforeunload", (event) => {
		if (view?.hasChanges()) event.preventDefault();
	});
	return {
		element,
		start: () => void show(),
		visit,
		leave: (then) =>
			void unlessUnsaved(() => {
				view = undefined;
				then();
			}),
	};
}

/** Never rejects: what cannot be shown says why. */
async function viewAt(
	page: RoomsPage,
	place: Exclude<Place, { at: "list" }>,
	said: string,
): Promise<View> {
	if (place.at === "new") return newRoomView(page);
	try {
		const room = await page.site.room(place.room);
		return room.roles === undefined
			? seenRoomView(room)
			: managedRoomView(page, room, said);
	} catch (error) {
		const why = h("p", { class: "complaint", role: "alert" }, explain(error));
		return {
			element: h("div", { class: "detail" }, why),
			hasChanges: () => false,
		};
	}
}

function nothingChosen({ creatable }: RoomsPage): HTMLElement {
	const advice =
		creatable.length > 0
			? "Choose a room, or make one."
			: "Choose a room. Administrators say who may make one.";
	return h("p", { class: "nothing" }, advice);
}

function discards(): Promise<boolean> {
	return confirm({
		title: "Leave without saving?",
		content: [h("p", {}, "What you typed here is not saved.")],
		action: "Leave",
		otherwise: "Stay",
		danger: true,
	});
}
