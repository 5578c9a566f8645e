/** Rooms opened, left, followed; the list as the service knows it. */
import type { RoomInfo } from "../../../client/browser.ts";
import { explain } from "../words.ts";
import { readAround, readEnd } from "./reading.ts";
import type { RoomState, State } from "./state.ts";

/** At sign-in: what one follows, with what there is to read, and to what one was invited. */
export async function loadRooms(state: State): Promise<void> {
	const [followed, invitations] = await Promise.all([
		state.chat.followed(),
		state.chat.newInvitations(),
	]);
	for (const found of followed) {
		const room = state.know(found);
		room.followed = true;
		if (found.unread) room.unread = { ...found.unread };
	}
	const known = new Set(invitations.map(({ id }) => id));
	state.invitations = [
		...state.invitations.filter(({ id }) => !known.has(id)),
		...invitations,
	].filter(({ room }) => !state.chat.joined.has(room.uri));
	state.changed("rooms", "invitations");
}

/** Shows the room, enters it and reads its end, or the message `sequence` with what is around it. Never rejects. */
export async function openRoom(
	state: State,
	uri: string,
	sequence?: number,
): Promise<void> {
	const room = state.rooms.get(uri) ?? state.know(unknownRoom(uri));
	state.current = room;
	const unread = room.unread.count;
	markRead(room, unread);
	state.changed("rooms", "messages", "people");
	try {
		if (!room.joined) await enter(state, room);
	} catch (error) {
		room.shownOut = explain(error);
		state.changed("rooms", "messages", "people");
		return;
	}
	if (sequence !== undefined) await readAround(state, room, sequence);
	else if (!room.loaded || room.sought !== undefined) {
		await readEnd(state, room);
		markRead(room, unread);
	}
	state.changed("rooms", "messages", "people");
}

async function enter(state: State, room: RoomState): Promise<void> {
	// What was held is as it was when we left: between then and now there may be a hole.
	room.loaded = false;
	room.timeline.show([], { older: false, newer: true });
	room.timeline.append([], false);
	const joined = await state.chat.join(room.uri);
	room.info = joined.info;
	room.joined = true;
	const self = joined.people.get(state.me.uri.toLowerCase());
	if (self) state.me = { uri: state.me.uri, name: self.name };
	delete room.shownOut;
	state.invitations = state.invitations.filter(
		({ room: { uri } }) => uri !== room.uri,
	);
	state.changed("rooms", "messages", "people", "invitations");
}

/** The badge goes; where reading stopped stays marked. */
function markRead(room: RoomState, unread: number): void {
	const { last } = room.timeline;
	delete room.readUpTo;
	if (unread > 0 && last !== undefined && room.joined) {
		room.readUpTo = last - unread;
	}
	room.unread = { count: 0, addressed: 0 };
}

export async function leaveRoom(state: State, room: RoomState): Promise<void> {
	await state.chat.part(room.uri);
	room.joined = false;
	if (state.current === room) state.current = undefined;
	state.changed("rooms", "messages", "people");
}

export async function followRoom(
	state: State,
	info: RoomInfo,
	follow: boolean,
): Promise<void> {
	if (follow) await state.chat.follow(info.uri);
	else await state.chat.unfollow(info.uri);
	state.know(info).followed = follow;
	state.changed("rooms");
}

/** The rooms of the list, and those that one is a member of. */
export async function everywhere(state: State): Promise<readonly string[]> {
	const mine = await state.chat.myRooms();
	for (const info of mine) state.know(info);
	return [...state.rooms.keys()];
}

function unknownRoom(uri: string): RoomInfo {
	return {
		uri,
		name: "Room",
		description: "",
		auditorium: false,
		disabled: false,
	};
}
