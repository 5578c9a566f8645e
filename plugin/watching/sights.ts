/** Which of the rooms that somebody follows he may find: whoever may find others than before is told that, and not which. */
import type { Logger } from "pino";
import type { RoomId, UserUri } from "../rooms/types.ts";
import { tellWatcher, type Watcher } from "./news.ts";
import type { Watchers } from "./watchers.ts";

export interface SightsNeeds {
	readonly log: Pick<Logger, "error">;
	readonly watchers: Pick<Watchers, "of" | "all" | "near" | "reload">;
	listedAmong(
		user: UserUri,
		rooms: readonly RoomId[],
	): Promise<readonly RoomId[]>;
}

export interface Sights {
	/** Notes what he may find now. Rejects as `listedAmong` does. */
	look(watcher: Watcher): Promise<void>;
	/** Somebody may know less of this room than before, or of any. */
	narrowed(room?: RoomId): void;
	/** He may follow other rooms. */
	follows(user: UserUri): void;
	/** Resolves when nothing is asked or told any more. */
	close(): Promise<void>;
}

export function createSights({
	log,
	watchers,
	listedAmong,
}: SightsNeeds): Sights {
	const seen = new WeakMap<Watcher, string>();
	/** To be looked at, one after the other; `true`: he may follow others. */
	const due = new Map<Watcher, boolean>();
	let work: Promise<void> | undefined;
	let closed = false;

	async function listedNow({ actor, followed }: Watcher): Promise<string> {
		if (followed.size === 0) return "";
		return [...(await listedAmong(actor.uri, [...followed]))].sort().join();
	}

	async function lookAgain(watcher: Watcher, follows: boolean): Promise<void> {
		if (follows) await watchers.reload(watcher);
		const before = seen.get(watcher);
		const now = await listedNow(watcher);
		seen.set(watcher, now);
		if (before !== undefined && now !== before)
			tellWatcher(watcher, { type: "followed" });
	}

	async function workOff(): Promise<void> {
		for (const [watcher, follows] of due) {
			due.delete(watcher);
			if (closed) break;
			if (watcher.listeners.size === 0) continue;
			await lookAgain(watcher, follows).catch((error) => {
				log.error({ err: error }, "followed rooms not looked at");
				tellWatcher(watcher, { type: "lost" });
			});
		}
		work = undefined;
	}

	function put(some: readonly Watcher[], follows: boolean): void {
		if (closed) return;
		for (const watcher of some) {
			due.set(watcher, follows || (due.get(watcher) ?? false));
		}
		if (due.size > 0) work ??= workOff();
	}

	return {
		look: (watcher) => lookAgain(watcher, false),
		narrowed: (room) =>
			put(
				(room === undefined ? watchers.all() : watchers.near(room)).filter(
					({ followed }) => followed.size > 0,
				),
				false,
			),
		follows(user) {
			const watcher = watchers.of(user);
			if (watcher !== undefined) put([watcher], true);
		},
		async close() {
			closed = true;
			await work;
		},
	};
}
