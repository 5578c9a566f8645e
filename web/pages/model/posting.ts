/** Posting: what was written is shown at once, and stays until it is kept, or its author takes it back. */
import { ChatDisconnected, ChatTimeout } from "../../../client/browser.ts";
import { explain } from "../words.ts";
import type { Outgoing, RoomState, State } from "./state.ts";

let lastId = 0;

export interface Draft {
	readonly text: string;
	readonly alert: boolean;
}

/** Never rejects: what went wrong is said beside the message. */
export async function post(
	state: State,
	room: RoomState,
	{ text, alert }: Draft,
): Promise<void> {
	const message: Outgoing = { id: ++lastId, text, alert, stage: "sending" };
	room.outgoing = [...room.outgoing, message];
	await send(state, room, message);
}

export async function postAgain(
	state: State,
	room: RoomState,
	id: number,
): Promise<void> {
	const message = room.outgoing.find((each) => each.id === id);
	if (message) await send(state, room, message);
}

export function discard(state: State, room: RoomState, id: number): void {
	room.outgoing = room.outgoing.filter((each) => each.id !== id);
	state.changed("messages");
}

/** What waited for the connection goes out, in its order. */
export function postWaiting(state: State): void {
	for (const room of state.rooms.values()) {
		for (const message of room.outgoing) {
			if (message.stage === "waiting") void send(state, room, message);
		}
	}
}

/** A message of ours came back: it was kept, whatever we were told. */
export function echoed(room: RoomState, text: string): void {
	const found = room.outgoing.find((each) => each.text === text);
	room.outgoing = room.outgoing.filter((each) => each !== found);
}

async function send(
	state: State,
	room: RoomState,
	message: Outgoing,
): Promise<void> {
	const { id, text, alert } = message;
	const stage = (next: Pick<Outgoing, "stage" | "why">) => {
		room.outgoing = room.outgoing.map((each) =>
			each.id === id ? { id, text, alert, ...next } : each,
		);
		state.changed("messages");
	};
	if (!state.chat.connected) return stage({ stage: "waiting" });
	stage({ stage: "sending" });
	try {
		await state.chat.post(room.uri, text, { alert });
	} catch (error) {
		const isUnsure =
			error instanceof ChatDisconnected || error instanceof ChatTimeout;
		stage(
			isUnsure
				? {
						stage: "unsure",
						why: "The connection broke before the answer came. If the message does not appear above, post it again.",
					}
				: { stage: "failed", why: explain(error) },
		);
	}
}
