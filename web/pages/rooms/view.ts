/** What the views of the Rooms page share. */
import type { Session } from "../model/session.ts";
import type { Place } from "./address.ts";
import type { Category } from "./room.ts";
import type { RoomsSite } from "./rooms-site.ts";

/** What stands beside the list. */
export interface View {
	readonly element: HTMLElement;
	/** Something was typed that is not saved. */
	hasChanges(): boolean;
}

/** What views may ask of the page around them. */
export interface RoomsPage {
	readonly session: Session;
	readonly site: RoomsSite;
	/** Where one may make rooms. */
	readonly creatable: readonly Category[];
	/** Without a question for what is not saved; `notice` is said there. */
	go(place: Place, notice?: string): void;
	/** Rooms are others now: the list is read again. */
	refreshList(): void;
}
