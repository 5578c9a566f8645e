/** Messages older than the operator keeps them are deleted, some at a time; that is on record and told like any deletion. */
import { createTicker } from "../compliance/ticker.ts";
import type { Rooms } from "../rooms/index.ts";
import type { Actor, UserUri } from "../rooms/types.ts";
import type { Ground } from "./ground.ts";

const dayMs = 86_400_000;
/** Another look is taken. */
const everyMs = dayMs / 4;
/** Rooms are locked for a batch; others have their turn in between. */
const pauseMs = 50;

/** Undefined settings keep everything. Resolves `close` between two batches. */
export function keepRetention(
	{ rooms }: { readonly rooms: Pick<Rooms, "deleteMessages"> },
	{ service, log, now }: Pick<Ground, "service" | "log" | "now">,
): { close(): Promise<void> } {
	const { retainDays } = service;
	if (retainDays === undefined) return { close: async () => {} };
	const closing = new AbortController();
	const actor: Actor = {
		uri: service.poolUri as UserUri,
		displayName: service.displayName,
		guid: "",
		administrator: true,
	};

	async function breathe(): Promise<void> {
		await new Promise((resolve) => setTimeout(resolve, pauseMs));
		closing.signal.throwIfAborted();
	}

	const ticker = createTicker({
		async work() {
			const before = new Date(now().getTime() - retainDays * dayMs);
			const deleted = await rooms.deleteMessages(actor, { before }, breathe);
			if (deleted > 0) log.info({ deleted, before }, "old messages deleted");
			return everyMs;
		},
		failed(error) {
			if (!closing.signal.aborted) {
				log.warn({ err: error }, "old messages are not deleted; again later");
			}
			return everyMs;
		},
	});
	return {
		async close() {
			closing.abort();
			await ticker.close();
		},
	};
}
