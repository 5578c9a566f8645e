/** The fan-out of a single node: events reach its listeners at once, in the order of publishing. */
import type { RoomEvent } from "../rooms/events.ts";
import type { FanOut } from "./fan-out.ts";

export function createInProcessFanOut(): FanOut {
	const listeners = new Set<(event: RoomEvent) => void>();
	return {
		async publish(event) {
			for (const listener of listeners) listener(event);
		},
		subscribe(listener) {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
		hear: () => () => {},
		async close() {
			listeners.clear();
		},
	};
}
