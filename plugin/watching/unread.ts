/** What is unread for those who follow rooms from elsewhere: of each room told once in a while at most. */
import type { Logger } from "pino";
import { createNowAndThen } from "../now-and-then.ts";
import type { NewContent } from "../rooms/new-content.ts";
import type { Participant, RoomId } from "../rooms/types.ts";
import { tellWatcher, type Watcher } from "./news.ts";

export interface UnreadNeeds {
	readonly log: Pick<Logger, "error">;
	readonly everyMs: number;
	near(room: RoomId): readonly Watcher[];
	unreadNow(
		room: RoomId,
		users: readonly Participant["user"][],
	): Promise<NewContent>;
}

export interface UnreadTelling {
	due(room: RoomId): void;
	/** Resolves when nothing is asked or told any more. */
	close(): Promise<void>;
}

const atOnce = 200;

export function createUnreadTelling(needs: UnreadNeeds): UnreadTelling {
	const { due, closed, close } = createNowAndThen({
		everyMs: needs.everyMs,
		tell,
		failed: (room, error) =>
			needs.log.error({ err: error, room }, "what is unread is not told"),
	});

	async function tell(room: RoomId): Promise<void> {
		const near = needs
			.near(room)
			.filter(
				({ inside, followed }) => followed.has(room) && !inside.has(room),
			);
		for (let start = 0; start < near.length; start += atOnce) {
			const some = near.slice(start, start + atOnce);
			const { unread } = await needs.unreadNow(
				room,
				some.map(({ actor }) => actor),
			);
			for (const watcher of closed() ? [] : some) {
				const found = unread.get(watcher.actor.uri);
				if (found === undefined || watcher.inside.has(room)) continue;
				tellWatcher(watcher, { type: "unread", room, unread: found });
			}
		}
	}

	return { due, close };
}
