/** What of a Redis this node hears: the channels that are always wanted, and one for each room that somebody here hears. */
import type { RoomId } from "../rooms/types.ts";
import type { ExchangeNeeds } from "./exchange.ts";
import type { Redis } from "./redis.ts";

const channelsAtOnce = 500;

interface ChannelsNeeds {
	readonly redis: Redis;
	readonly always: readonly string[];
	channelOf(room: RoomId): string;
	began: ExchangeNeeds["missed"];
	failed(error: unknown): void;
}

/** What Redis is asked to send follows what is wanted. */
export function createChannels({
	redis,
	always,
	channelOf,
	began,
	failed,
}: ChannelsNeeds) {
	const wanted = new Set<RoomId>();
	const had = new Set<RoomId>();
	/** Wanted and not had, or had and not wanted any more. */
	const changed = new Set<RoomId>();
	let hearing = false;
	let working: Promise<void> | undefined;
	let closed = false;

	async function begin(): Promise<void> {
		await working;
		if (closed) return;
		hearing = false;
		had.clear();
		for (const room of wanted) changed.add(room);
		try {
			await redis.subscribe(...always);
			await follow();
			hearing = true;
			began("everything");
		} catch (error) {
			// It is closed again, and this is done anew when it comes back.
			if (!closed) failed(error);
		}
	}

	async function follow(): Promise<void> {
		while (changed.size > 0 && redis.status === "ready") {
			const some = [...changed].slice(0, channelsAtOnce);
			for (const room of some) changed.delete(room);
			const come = some.filter((room) => wanted.has(room) && !had.has(room));
			const gone = some.filter((room) => !wanted.has(room) && had.has(room));
			for (const room of come) had.add(room);
			for (const room of gone) had.delete(room);
			if (gone.length > 0) await redis.unsubscribe(...gone.map(channelOf));
			if (come.length === 0) continue;
			await redis.subscribe(...come.map(channelOf));
			if (hearing) began(come);
		}
	}

	function change(room: RoomId): void {
		changed.add(room);
		if (!hearing || closed) return;
		working ??= Promise.resolve()
			.then(follow)
			.catch((error: unknown) => {
				if (!closed) failed(error);
			})
			.finally(() => {
				working = undefined;
			});
	}

	redis.on("ready", () => void begin());
	redis.on("close", () => {
		hearing = false;
	});
	return {
		hear(room: RoomId) {
			wanted.add(room);
			change(room);
		},
		hearNoMore(room: RoomId) {
			wanted.delete(room);
			change(room);
		},
		isHearing: () => hearing,
		close() {
			closed = true;
		},
	};
}
