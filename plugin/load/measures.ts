/** What is watched of this node: how late it is, what waits for the database and for clients, its memory. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { getHeapStatistics } from "node:v8";
import type { Measure } from "./level.ts";
import type { LoadOptions } from "./options.ts";

export interface MeasuresNeeds {
	/** How long the one has waited that waits longest for a connection to the database. */
	readonly databaseWaitMs: () => number;
	/** Bytes that wait for clients. */
	readonly queuedBytes: () => number;
}

export interface Measures {
	readonly all: readonly Measure[];
	close(): void;
}

/** How often the event loop is looked at; Node counts this as part of the delay. */
const loopMs = 10;
const nanosecondsInMs = 1e6;

export function createMeasures(
	options: LoadOptions,
	needs: MeasuresNeeds,
): Measures {
	const loop = monitorEventLoopDelay({ resolution: loopMs });
	loop.enable();
	const { eventLoopMs, databaseWaitMs, queuedBytes, memoryPercent } = options;
	const all: readonly Measure[] = [
		{
			name: "event-loop",
			...{ posts: eventLoopMs, commands: 4 * eventLoopMs },
			read() {
				// Half of the looks: a pause to collect garbage is one of them.
				const ms = loop.percentile(50) / nanosecondsInMs - loopMs;
				loop.reset();
				return Math.max(0, ms);
			},
		},
		{
			name: "database",
			...{ posts: databaseWaitMs, commands: 2 * databaseWaitMs },
			read: needs.databaseWaitMs,
		},
		{
			name: "queues",
			...{ posts: queuedBytes, commands: 2 * queuedBytes },
			read: needs.queuedBytes,
		},
		{
			name: "memory",
			...{ posts: memoryPercent, commands: (memoryPercent + 100) / 2 },
			read: usedPercent,
		},
	];
	return {
		all: all.filter(({ posts }) => posts > 0),
		close: () => loop.disable(),
	};
}

/** Of V8's heap, or of what the container may have: whichever is nearer to its end. */
function usedPercent(): number {
	const heap = getHeapStatistics();
	const ofHeap = heap.used_heap_size / heap.heap_size_limit;
	const most = process.constrainedMemory();
	const ofAll = most ? process.memoryUsage.rss() / most : 0;
	return 100 * Math.max(ofHeap, ofAll);
}
