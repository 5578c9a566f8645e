/** What this node counts by itself from one sample to the next. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Condition } from "../../plugin/index.ts";
import type { Sample } from "./views.ts";

export interface Meter {
	/** Since the last time. */
	read(at: Date): Omit<Sample, "owed" | "adapters" | "streams">;
	close(): void;
}

/** How often the event loop is looked at; Node counts this as part of the delay. */
const loopMs = 10;
const nanosecondsInMs = 1e6;

export function createMeter(condition: Condition, now: () => Date): Meter {
	const loop = monitorEventLoopDelay({ resolution: loopMs });
	loop.enable();
	let posts = 0;
	let slowest: number | undefined;
	let taken = condition.taken();
	let readAt = performance.now();
	const stop = condition.onEvent((event) => {
		if (event.type !== "posted") return;
		posts += 1;
		const late = now().getTime() - event.message.postedAt.getTime();
		slowest = Math.max(slowest ?? 0, late, 0);
	});
	return {
		read(at) {
			const seconds = Math.max(0.001, (performance.now() - readAt) / 1_000);
			const perSecond = (count: number) =>
				Math.round((10 * count) / seconds) / 10;
			const takenNow = condition.taken();
			const sample = {
				at: at.toISOString(),
				dialogs: condition.dialogs(),
				people: condition.people(),
				postsPerSecond: perSecond(posts),
				deliveriesPerSecond: perSecond(takenNow - taken),
				...(slowest !== undefined && { fanOutMs: slowest }),
				loopMs: Math.max(
					0,
					Math.round(loop.percentile(99) / nanosecondsInMs - loopMs),
				),
				memoryBytes: process.memoryUsage.rss(),
			};
			[posts, slowest, taken, readAt] = [
				0,
				undefined,
				takenNow,
				performance.now(),
			];
			loop.reset();
			return sample;
		},
		close() {
			stop();
			loop.disable();
		},
	};
}
