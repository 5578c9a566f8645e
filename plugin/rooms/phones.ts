/** Rooms for who has an ordinary SIP phone: found by their address, joined and parted by MESSAGE. */
import { noSuchRoom } from "../errors.ts";
import { maySee } from "./access.ts";
import type { Membership } from "./membership.ts";
import { phoneSessionOf } from "./phone-session.ts";
import type { Actor, Room, RoomId, RoomView } from "./types.ts";
import type { RoomsWork } from "./work.ts";

export interface ByMessage {
	/** The room with this alias or id. Throws `no-such-room`, with as many questions to the database where there is none. */
	roomAt(actor: Actor, address: string): Promise<Room>;
	/** From now on what is said there is sent to him as SIP MESSAGE, until he parts or loses the right to it. Throws as `mayJoin` does. */
	joinByMessage(actor: Actor, room: RoomId): Promise<RoomView>;
	/** To part a room in which he does not take part so changes nothing. */
	partByMessage(actor: Actor, room: RoomId): Promise<void>;
}

export function createByMessage(
	work: RoomsWork,
	{ join, part }: Membership,
): ByMessage {
	return {
		async roomAt(actor, address) {
			const holder = await work.rights.of(actor);
			const known = await work.store.rooms.knownAt(address, holder);
			if (known === undefined) throw noSuchRoom();
			maySee(known.room, known.standing);
			return known.room;
		},
		async joinByMessage(actor, room) {
			const session = phoneSessionOf(actor);
			const [outcome] = await join(actor, session, [room], false);
			if (outcome === undefined) throw noSuchRoom();
			if ("refusal" in outcome) throw outcome.refusal;
			return outcome.view;
		},
		partByMessage: (actor, room) => part(actor, phoneSessionOf(actor), [room]),
	};
}
