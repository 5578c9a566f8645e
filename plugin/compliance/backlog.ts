/** How far the archive is behind, looked at again and again, so that whoever asks has the answer at once. */
import type { Logger } from "pino";
import type { OwedEvents } from "../store/store.ts";
import { createTicker } from "./ticker.ts";

export interface Backlog {
	/** The age of the oldest event that is not archived yet; 0: there is none. */
	behindMs(): number;
	close(): Promise<void>;
}

const everyMs = 1_000;

export function watchBacklog(
	owed: Pick<OwedEvents, "behind">,
	log: Pick<Logger, "warn">,
): Backlog {
	let oldestAt: Date | undefined;
	const ticker = createTicker({
		async work() {
			({ oldestAt } = await owed.behind());
			return everyMs;
		},
		failed(error) {
			log.warn({ err: error }, "how far the archive is behind is not known");
			return everyMs;
		},
	});
	return {
		behindMs: () =>
			oldestAt === undefined ? 0 : Math.max(0, Date.now() - oldestAt.getTime()),
		close: () => ticker.close(),
	};
}
