/** What happens in a room, told to those who watch it in its order: looked at together, as fast as rights can be asked for. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Logger } from "pino";
import type { RoomEvent } from "../rooms/events.ts";
import type { Hears } from "../rooms/hearing.ts";
import type { RoomId, UserUri } from "../rooms/types.ts";
import { type News, tellWatcher, type Watcher } from "./news.ts";

export type Heard = Extract<
	RoomEvent,
	{ type: "posted" | "deleted" | "replaced" | "changed" | "standing" }
>;

export interface TurnsNeeds {
	readonly log: Pick<Logger, "error" | "warn">;
	near(room: RoomId): readonly Watcher[];
	hearers(
		room: RoomId,
		users: readonly UserUri[],
	): Promise<ReadonlyMap<UserUri, Hears>>;
	/** There may be something unread for who reads the room from elsewhere. */
	unread(room: RoomId): void;
}

export interface Turns {
	put(room: RoomId, event: Heard): void;
	/** They are not in the room any more: what waits is not for them. */
	out(room: RoomId, users: readonly UserUri[]): void;
	/** Resolves when nothing is asked or told any more. */
	close(): Promise<void>;
}

/** Events of one room that wait for the database; past that, those who watch it are told to begin anew. */
const maxWaiting = 1_000;
/** Told by one look: more would fill the buffers of those who read as fast as they can. */
const eventsAtOnce = 20;
const usersAtOnce = 200;

interface Line {
	readonly waiting: Heard[];
	/** Who has gone since rights were asked for last. */
	readonly gone: Set<UserUri>;
	work: Promise<void>;
}

export function createTurns(needs: TurnsNeeds): Turns {
	const lines = new Map<RoomId, Line>();
	let closed = false;

	function lose(room: RoomId): void {
		for (const watcher of needs.near(room)) {
			tellWatcher(watcher, { type: "lost" });
		}
	}

	async function workOff(room: RoomId, line: Line): Promise<void> {
		while (line.waiting.length > 0 && !closed) {
			// What is put in the same turn goes together, and what was told before can be sent.
			await nextTurn();
			const events = line.waiting.splice(0, eventsAtOnce);
			try {
				await tellAll(room, line, events);
			} catch (error) {
				needs.log.error({ err: error, room }, "who watches is not told");
				lose(room);
			}
		}
		lines.delete(room);
	}

	async function tellAll(
		room: RoomId,
		line: Line,
		events: readonly Heard[],
	): Promise<void> {
		const near = needs.near(room);
		for (let start = 0; start < near.length; start += usersAtOnce) {
			const some = near.slice(start, start + usersAtOnce);
			line.gone.clear();
			const hearing = await needs.hearers(
				room,
				some.map(({ actor }) => actor.uri),
			);
			if (closed) return;
			for (const watcher of some) {
				const { uri } = watcher.actor;
				const how = line.gone.has(uri) ? undefined : hearing.get(uri);
				for (const event of how === undefined ? [] : events) {
					const news = newsOf(event, watcher, how);
					if (news !== undefined) tellWatcher(watcher, news);
				}
			}
			const said = events.some(({ type }) => /posted|deleted/.test(type));
			if (said && [...hearing.values()].includes("reads")) needs.unread(room);
		}
	}

	return {
		put(room, event) {
			if (closed || needs.near(room).length === 0) return;
			const line = lines.get(room);
			if (line === undefined) {
				const fresh: Line = {
					waiting: [event],
					gone: new Set(),
					work: Promise.resolve(),
				};
				lines.set(room, fresh);
				fresh.work = workOff(room, fresh);
			} else if (line.waiting.length < maxWaiting) {
				line.waiting.push(event);
			} else {
				needs.log.warn({ room }, "too much at once for those who watch");
				line.waiting.length = 0;
				lose(room);
			}
		},
		out(room, users) {
			for (const user of users) lines.get(room)?.gone.add(user);
		},
		async close() {
			closed = true;
			await Promise.all([...lines.values()].map(({ work }) => work));
		},
	};
}

function newsOf(
	event: Heard,
	{ actor }: Watcher,
	how: Hears | undefined,
): News | undefined {
	if (event.type === "changed") {
		return { type: "room", summary: event.summary };
	}
	if (how !== "inside") return undefined;
	switch (event.type) {
		case "posted":
			return { type: "message", message: event.message };
		case "deleted":
		case "replaced":
			return event;
		case "standing": {
			const { room, participants } = event;
			const self = participants.find(({ user }) => user.uri === actor.uri);
			return self && { type: "rights", room, standing: self.standing };
		}
	}
}
