/**
 * Who watches, and which rooms he is near: is in, or follows. It only spares questions: who hears what is asked of the store
 * each time (`rooms/hearing.ts`).
 */
import type { Actor, RoomId, UserUri } from "../rooms/types.ts";
import type { Told, Watcher } from "./news.ts";

export interface WatchersNeeds {
	roomsInside(user: UserUri): Promise<readonly RoomId[]>;
	roomsFollowed(user: UserUri): Promise<readonly RoomId[]>;
	/** What is said in the room on other nodes is told here too, until the answer is called. */
	hear(room: RoomId): () => void;
}

export interface Watchers {
	/** Resolves when his rooms are known; rejects as the needs do, and then nobody is added. */
	add(actor: Actor, listener: Told): Promise<void>;
	remove(user: UserUri, listener: Told): void;
	of(user: UserUri): Watcher | undefined;
	all(): readonly Watcher[];
	near(room: RoomId): readonly Watcher[];
	entered(watcher: Watcher, rooms: readonly RoomId[]): void;
	left(watcher: Watcher, rooms: readonly RoomId[]): void;
	/** His rooms are read anew. Rejects as the needs do. */
	reload(watcher: Watcher): Promise<void>;
}

export function createWatchers(needs: WatchersNeeds): Watchers {
	const byUser = new Map<UserUri, Watcher>();
	const byRoom = new Map<RoomId, Set<Watcher>>();
	const silences = new Map<RoomId, () => void>();
	/** Goes up with whatever makes an earlier answer of the store wrong. */
	const versions = new WeakMap<Watcher, number>();
	const loading = new WeakMap<Watcher, Promise<void>>();

	function outdate(watcher: Watcher): void {
		versions.set(watcher, (versions.get(watcher) ?? 0) + 1);
	}

	function place(watcher: Watcher, room: RoomId): void {
		const others = byRoom.get(room) ?? new Set();
		const isNear = watcher.inside.has(room) || watcher.followed.has(room);
		if (isNear && byUser.get(watcher.actor.uri) === watcher) {
			if (!silences.has(room)) silences.set(room, needs.hear(room));
			byRoom.set(room, others.add(watcher));
		} else if (others.delete(watcher) && others.size === 0) {
			byRoom.delete(room);
			silences.get(room)?.();
			silences.delete(room);
		}
	}

	function replace(
		watcher: Watcher,
		rooms: Set<RoomId>,
		now: readonly RoomId[],
	): void {
		const before = [...rooms];
		rooms.clear();
		for (const room of now) rooms.add(room);
		for (const room of new Set([...before, ...now])) place(watcher, room);
	}

	async function load(watcher: Watcher): Promise<void> {
		const { uri } = watcher.actor;
		for (;;) {
			const version = versions.get(watcher);
			const inside = await needs.roomsInside(uri);
			const followed = await needs.roomsFollowed(uri);
			if (version !== versions.get(watcher)) continue;
			replace(watcher, watcher.inside, inside);
			replace(watcher, watcher.followed, followed);
			return;
		}
	}

	function reload(watcher: Watcher): Promise<void> {
		outdate(watcher);
		const underWay =
			loading.get(watcher) ??
			load(watcher).finally(() => loading.delete(watcher));
		loading.set(watcher, underWay);
		return underWay;
	}

	function remove(user: UserUri, listener: Told): void {
		const watcher = byUser.get(user);
		if (watcher === undefined || !watcher.listeners.delete(listener)) return;
		if (watcher.listeners.size > 0) return;
		byUser.delete(user);
		for (const room of [...watcher.inside, ...watcher.followed]) {
			place(watcher, room);
		}
	}

	return {
		async add(actor, listener) {
			const known = byUser.get(actor.uri);
			const watcher: Watcher = known ?? {
				actor,
				listeners: new Set(),
				inside: new Set(),
				followed: new Set(),
			};
			watcher.listeners.add(listener);
			byUser.set(actor.uri, watcher);
			try {
				await (known === undefined ? reload(watcher) : loading.get(watcher));
			} catch (error) {
				remove(actor.uri, listener);
				throw error;
			}
		},
		remove,
		of: (user) => byUser.get(user),
		all: () => [...byUser.values()],
		near: (room) => [...(byRoom.get(room) ?? [])],
		entered(watcher, rooms) {
			outdate(watcher);
			for (const room of rooms) {
				watcher.inside.add(room);
				place(watcher, room);
			}
		},
		left(watcher, rooms) {
			outdate(watcher);
			for (const room of rooms) {
				watcher.inside.delete(room);
				place(watcher, room);
			}
		},
		reload,
	};
}
