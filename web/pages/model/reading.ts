/** Reading back: the window of a room moved to its end, upwards, downwards, or to one message. */
import { ChatRefused } from "../../../client/browser.ts";
import { explain } from "../words.ts";
import type { RoomState, State } from "./state.ts";

/** Messages asked for at once. */
const pageMessages = 50;

/** The newest messages; resolves when they are there, or cannot be. */
export function readEnd(state: State, room: RoomState): Promise<void> {
	return reading(state, room, async () => {
		const messages = await state.chat.history(room.uri, pageMessages);
		const first = messages[0]?.sequence ?? 1;
		room.timeline.show(messages, { older: first > 1, newer: false });
		delete room.sought;
	});
}

export function readOlder(state: State, room: RoomState): Promise<void> {
	const { first: sequence, older } = room.timeline;
	if (sequence === undefined || !older) return Promise.resolve();
	return reading(state, room, async () => {
		const messages = await state.chat.history(room.uri, {
			side: "before",
			sequence,
			count: pageMessages,
		});
		const first = messages[0]?.sequence ?? 1;
		room.timeline.prepend(messages, first > 1);
	});
}

export function readNewer(state: State, room: RoomState): Promise<void> {
	const { last, newer } = room.timeline;
	if (last === undefined || !newer) return Promise.resolve();
	return reading(state, room, async () => {
		const messages = await state.chat.history(room.uri, {
			side: "after",
			sequence: last,
			count: pageMessages,
		});
		// The service may give fewer than asked for: only nothing is the end.
		room.timeline.append(messages, messages.length > 0);
	});
}

/** One message with what stands around it. */
export function readAround(
	state: State,
	room: RoomState,
	sequence: number,
): Promise<void> {
	return reading(state, room, async () => {
		const messages = await state.chat.history(room.uri, {
			side: "around",
			sequence,
			count: pageMessages,
		});
		const first = messages[0]?.sequence ?? sequence;
		room.timeline.show(messages, { older: first > 1, newer: true });
		room.sought = sequence;
	});
}

async function reading(
	state: State,
	room: RoomState,
	read: () => Promise<void>,
): Promise<void> {
	if (room.loading) return;
	room.loading = true;
	try {
		await read();
		delete room.unreadable;
		room.loaded = true;
	} catch (error) {
		room.unreadable = explain(error);
		// What was refused is not asked again by each movement of the wheel.
		if (error instanceof ChatRefused) room.loaded = true;
	} finally {
		room.loading = false;
		state.changed("messages");
	}
}
