/** The picture of how the service is doing, as administrators get it; times are ISO 8601 in UTC. */
import { z } from "zod";

/** `unused`: it is turned off, or not known yet; `degraded`: it works, but somebody is to look; `broken`: something does not work. */
export const stateView = z.enum(["fine", "unused", "degraded", "broken"]);

/** In words, with what is wrong. */
const judged = { state: stateView, words: z.string() };

/** Of this node, of the last two seconds. */
export const sampleView = z.object({
	at: z.string(),
	dialogs: z.number(),
	people: z.number(),
	streams: z.number(),
	postsPerSecond: z.number(),
	/** Messages that clients have taken. */
	deliveriesPerSecond: z.number(),
	/** From a message's time until this node was told of it, the slowest; absent when there was none. */
	fanOutMs: z.number().optional(),
	/** How late the event loop was, 99 of 100 times at most. */
	loopMs: z.number(),
	memoryBytes: z.number(),
	/** Events that wait for the archive; absent while that is not known. */
	owed: z.number().optional(),
	/** … and for each adapter. */
	adapters: z.record(z.string(), z.number()),
});

export const pictureView = z.object({
	at: z.string(),
	/** The worst of all below. */
	state: stateView,
	/** The node that says all this. */
	node: z.string(),
	/** Browsers signed in, on all nodes; absent while that is not known. */
	browsers: z.number().optional(),
	parts: z.array(z.object({ name: z.string(), ...judged })),
	adapters: z.array(
		z.object({
			name: z.string(),
			...judged,
			waiting: z.number(),
			/** How old the oldest of them is; 0 when none waits. */
			oldestSeconds: z.number(),
			/** Set aside. */
			parked: z.number(),
			delivered: z.number(),
		}),
	),
	nodes: z.array(
		z.object({ name: z.string(), ...judged, aliveAt: z.string() }),
	),
});

export type State = z.output<typeof stateView>;
export type Sample = z.output<typeof sampleView>;
export type Picture = z.output<typeof pictureView>;
