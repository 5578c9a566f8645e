/** The Rooms page of somebody who is signed in: the list, and beside it the room that is made, changed or looked at. */
import { fill, h, icon, iconButton } from "../dom.ts";
import type { Session } from "../model/session.ts";
import { siteBar } from "../views/site-bar.ts";
import { detailPane } from "./detail-pane.ts";
import { roomListView } from "./room-list-view.ts";
import { roomsSite } from "./rooms-site.ts";

/** Rejects as `Session.ask` does. */
export async function roomsPage(
	session: Session,
	signOut: () => void,
): Promise<HTMLElement> {
	const site = roomsSite(session);
	const creatable = await site.creatable();
	const list = roomListView(site, (room) => pane.visit({ at: "room", room }));
	const notice = h("p", { class: "notice", role: "status" });
	const pane = detailPane(
		{ session, site, creatable, refreshList: list.refresh },
		(place, said) => {
			element.classList.toggle("in-detail", place.at !== "list");
			list.mark(place.at === "room" ? place.room : undefined);
			fill(notice, place.at === "list" ? said : "");
		},
	);
	const element = h(
		"div",
		{ class: "rooms-page" },
		h(
			"header",
			{ class: "top" },
			siteBar(
				"Rooms",
				h("bdi", { class: "hint" }, session.me.uri.replace(/^sips?:/, "")),
				iconButton("power", "Sign out", () => pane.leave(signOut)),
			),
		),
		h(
			"section",
			{ class: "list-side", "aria-label": "Rooms" },
			creatable.length > 0 && newRoomLink(() => pane.visit({ at: "new" })),
			notice,
			list.element,
		),
		pane.element,
	);
	list.refresh();
	// What is shown can have the focus only when it is in the page.
	setTimeout(pane.start);
	return element;
}

function newRoomLink(make: () => void): HTMLElement {
	const onclick = (event: MouseEvent) => {
		event.preventDefault();
		make();
	};
	return h(
		"a",
		{ class: "button primary", href: "?new", onclick },
		icon("plus"),
		"New room",
	);
}
