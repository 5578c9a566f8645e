/**
 * Leaving a room.
 * `<cmd id="cmd:part"><data><chanib uri="ma-chan://…"/></data></cmd>` → the same `<chanib>`, its uri to the letter.
 */
import type { RoomId } from "../rooms/types.ts";
import { parseRoomUri } from "../xccos/elements.ts";
import { splitElements } from "../xccos/split.ts";
import { attribute, child, children, element } from "../xccos/xml.ts";
import { command } from "./command.ts";

export const part = command({
	id: "cmd:part",
	decode(data, { domain }) {
		child(data, "chanib");
		return children(data, "chanib").map((chanib) => {
			const uri = attribute(chanib, "uri");
			return { uri, room: parseRoomUri(uri, domain) };
		});
	},
	async handle(targets, { session, sessions, rooms }) {
		const parted: RoomId[] = [];
		for (const { room } of targets) {
			// COMPAT(pidgin-sipe): nothing of the room may come before the reply
			sessions.leave(session, room);
			if (session.toPart.has(room)) parted.push(room);
		}
		await rooms.part(session.actor, session.id, parted);
		for (const room of parted) session.toPart.delete(room);
		return targets;
	},
	encode: (targets, _, { frameBytes }) => ({
		parts: splitElements(
			targets.map(({ uri }) => element("chanib", { uri })),
			frameBytes,
		),
	}),
});
