/** What the parts of an answer tell of, so that who may not be told of it any more is not, however long they wait. */
import type { RoomId } from "../rooms/types.ts";
import { splitElements } from "../xccos/split.ts";
import type { XmlElement } from "../xccos/xml.ts";
import type { Answer } from "./command.ts";

/** Every part tells of this room. */
export function ofRoom(room: RoomId): NonNullable<Answer["about"]> {
	return () => ({ rooms: [room] });
}

/** So does what was done there: it stays done, whether it is told or not. */
export function doneInRoom(room: RoomId): NonNullable<Answer["about"]> {
	return () => ({ rooms: [room], only: () => [] });
}

/** A list with an element for each room, in as many parts as it takes. */
export function answerList(
	entries: readonly { readonly room: RoomId; readonly element: XmlElement }[],
	budgetBytes: number,
): Answer {
	const roomOf = new Map(entries.map(({ room, element }) => [element, room]));
	const parts = splitElements([...roomOf.keys()], budgetBytes);
	return {
		parts,
		about(data) {
			const told = (rooms: readonly RoomId[]) =>
				data.filter((each) => rooms.some((room) => room === roomOf.get(each)));
			const rooms = data.flatMap((each) => roomOf.get(each) ?? []);
			return { rooms, only: told };
		},
	};
}
