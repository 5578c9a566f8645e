/** Who is in a room, for those who may be there: page by page, also when the roster is hidden. */
import { noSuchRoom } from "../errors.ts";
import { mayListParticipants } from "./access.ts";
import type {
	Actor,
	Participant,
	RoomId,
	RoomSummary,
	UserUri,
} from "./types.ts";
import type { RoomsWork } from "./work.ts";

export interface Rosters {
	/** By URI, as many as `limit`, after the URI `after`. Throws `no-such-room`, `room-disabled`, `cannot-list`. */
	participants(
		actor: Actor,
		room: RoomId,
		page: { readonly after?: UserUri | undefined; readonly limit: number },
	): Promise<{
		readonly summary: RoomSummary;
		readonly participants: readonly Participant[];
	}>;
}

export function createRosters({ store, rights }: RoomsWork): Rosters {
	return {
		async participants(actor, id, page) {
			const known = await store.rooms.known(id, await rights.of(actor));
			if (known === undefined) throw noSuchRoom();
			mayListParticipants(known.room, known.standing);
			const summary = await store.rooms.summary(id);
			if (summary === undefined) throw noSuchRoom();
			const participants = await store.participants.inRoom(id, page);
			return { summary, participants };
		},
	};
}
