/** Messages older than they are kept are deleted, some at a time; that is on record and told like any deletion. */
import { createTicker } from "../compliance/ticker.ts";
import type { Rooms } from "../rooms/index.ts";
import type { Actor, Category, UserUri } from "../rooms/types.ts";
import type { Ground } from "./ground.ts";

const dayMs = 86_400_000;
/** Another look is taken. */
const everyMs = dayMs / 4;
/** Rooms are locked for a batch; others have their turn in between. */
const pauseMs = 50;

/** Category after category, each as it says, else as the service does. Resolves `close` between two batches. */
export function keepRetention(
	{ rooms }: { readonly rooms: Pick<Rooms, "deleteMessages"> },
	{
		service,
		store,
		log,
		now,
	}: Pick<Ground, "service" | "store" | "log" | "now">,
): { close(): Promise<void> } {
	const closing = new AbortController();
	const actor: Actor = {
		uri: service.poolUri as UserUri,
		displayName: service.displayName,
		guid: "",
		administrator: true,
	};

	/** 0: for ever. */
	function daysOf({ retainDays }: Pick<Category, "retainDays">): number {
		return retainDays ?? service.retainDays ?? 0;
	}

	async function deleteOld(category: Category): Promise<void> {
		const { id, name } = category;
		const days = daysOf(category);
		if (days === 0) return;
		const before = new Date(now().getTime() - days * dayMs);
		const deleted = await rooms.deleteMessages(
			actor,
			{ category: id, before },
			async () => {
				await new Promise((resolve) => setTimeout(resolve, pauseMs));
				closing.signal.throwIfAborted();
				// Who takes it back saves what is still there.
				const found = await store.categories.find(id);
				if (found !== undefined && daysOf(found) === days) return;
				throw new Error("It is now kept for another time");
			},
		);
		if (deleted > 0) {
			log.info({ category: name, deleted, before }, "old messages deleted");
		}
	}

	const ticker = createTicker({
		async work() {
			for (const category of await store.categories.list()) {
				if (closing.signal.aborted) break;
				await deleteOld(category).catch((error) => failed(error, category));
			}
			return everyMs;
		},
		failed(error) {
			failed(error);
			return everyMs;
		},
	});

	function failed(error: unknown, category?: Category): void {
		if (closing.signal.aborted) return;
		log.warn(
			{ err: error, category: category?.name },
			"old messages are not deleted; again later",
		);
	}

	return {
		async close() {
			closing.abort();
			await ticker.close();
		},
	};
}
